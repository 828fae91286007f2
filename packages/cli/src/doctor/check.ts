/** One thing `wardwire doctor` looked at. */
export interface Check {
  /** A stable word, such as `node-version`. */
  readonly id: string;
  /** `failure` is a finding and makes the exit code 1; `warning` is worth knowing and does not. */
  readonly status: "ok" | "warning" | "failure";
  /** What was found. */
  readonly detail: string;
  /** What to do; there unless all is well. */
  readonly advice?: string;
}

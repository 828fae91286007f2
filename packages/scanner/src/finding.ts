/** How much a fault weighs in the grade; `info` weighs nothing. */
export type Severity = "critical" | "high" | "medium" | "low" | "info";

/**
 * What came of a check. `fail`: the fault is there. `warn`: it probably is, or it could not be shown to the end. `info`:
 * worth knowing, no fault. `skipped`: the check does not apply, or was not asked for. `error`: it could not be carried out.
 */
export type Status = "pass" | "warn" | "fail" | "info" | "skipped" | "error";

/** Severities from the lightest to the heaviest. */
export const severities: readonly Severity[] = ["info", "low", "medium", "high", "critical"];

/** How to mend a fault: advice in words, and what to write with the programs most endpoints run on. */
export interface Mend {
  readonly advice: string;
  readonly ws?: string;
  readonly socketio?: string;
  readonly nginx?: string;
  readonly wardwire?: string;
}

/** What is known about a check before it runs. */
export interface CheckFacts {
  /** Stable, such as `WW-ORIGIN-01`. */
  readonly id: string;
  /** What is expected of a sound endpoint, as a sentence without a full stop. */
  readonly title: string;
  /** How heavy the fault is; a check may find a lighter or heavier form of it. */
  readonly severity: Severity;
  /** Ids of ASVS 5.0, WSTG, CWE, RFCs and of this project's requirements. */
  readonly requirements: readonly string[];
  /** Why it matters. */
  readonly why: string;
  readonly mend: Mend;
}

/** The result of one check on one target. */
export interface Finding extends CheckFacts {
  readonly status: Status;
  /** What this finding weighs: the fault's severity for `fail` and `warn`, otherwise `info`. */
  readonly severity: Severity;
  /** What was sent, in words; without credentials. */
  readonly sent: string;
  /** What came back. Strangers write into it: make it printable before showing it. Without credentials. */
  readonly evidence: string;
}

/** Whether a finding counts: a fault at or above a severity. */
export function isFault(finding: Finding, atLeast: Severity = "low"): boolean {
  const counts = finding.status === "fail" || finding.status === "warn";
  return counts && severities.indexOf(finding.severity) >= severities.indexOf(atLeast);
}

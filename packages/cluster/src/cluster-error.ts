/**
 * Why an engine refused or failed:
 * - `invalid-argument`: the caller's mistake; trying again will not help
 * - `closed`: the cluster has been closed
 * - `unavailable`: the engine did not answer; try again
 */
export type ClusterErrorCode = "invalid-argument" | "closed" | "unavailable";

/** The one error of this package. Look at `code`; the message is for people. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
  readonly code: ClusterErrorCode;

  constructor(code: ClusterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

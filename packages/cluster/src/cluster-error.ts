/**
 * Why an engine refused or failed:
 * - `invalid-argument`: the caller's mistake; trying again will not help
 * - `closed`: the cluster has been closed
 * - `unavailable`: the engine did not answer, or has too much to do; try again
 * - `in-use`: another process has the store open
 * - `cannot-open`: there is no such folder, or this user may not open the store
 * - `read-only`: the store cannot be written
 * - `full`: the disk, or the size the store may have; nothing that was acknowledged is lost
 * - `corrupt`: the store is damaged, or no store at all
 * - `incompatible`: the store is of a newer version, or another program's
 */
export type ClusterErrorCode =
  | "invalid-argument"
  | "closed"
  | "unavailable"
  | "in-use"
  | "cannot-open"
  | "read-only"
  | "full"
  | "corrupt"
  | "incompatible";

/** The one error of this package. Look at `code`; the message is for people. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
  readonly code: ClusterErrorCode;

  constructor(code: ClusterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

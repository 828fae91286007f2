/**
 * What went wrong with an audit log:
 * - `invalid-audit-options`: an option, a key file or a number in them is not what its docstring asks for
 * - `audit-locked`: another process, or another log of this one, writes the file
 * - `audit-broken`: the file on disk is not what this log wrote; it is left as it is
 * - `audit-unavailable`: the file cannot be opened, read or written
 */
export type AuditErrorCode = "invalid-audit-options" | "audit-locked" | "audit-broken" | "audit-unavailable";

/** An audit log that cannot be opened, read or closed in order. Look at `code`; the message says what to do. */
export class AuditError extends Error {
  override readonly name = "AuditError";
  readonly code: AuditErrorCode;

  constructor(code: AuditErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An error of the file system, in this module's words. */
export function unavailable(what: string, path: string, cause: unknown): AuditError {
  const why = systemErrorCode(cause);
  return new AuditError(
    "audit-unavailable",
    `cannot ${what} ${path} (${why}): check the path, its owner and the disk`,
    {
      cause,
    },
  );
}

/** The `code` of a system error such as `ENOSPC`; "unknown error" for anything else. */
export function systemErrorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown error";
}

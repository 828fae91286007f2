/** Why there is no report. */
export type ScanErrorCode =
  | "invalid-target"
  | "invalid-option"
  | "unreachable"
  | "timeout"
  | "proxy-failed"
  | "aborted";

/** Thrown by `scan()`; look at `code`. The message says what was expected, what came and what to do. */
export class ScanError extends Error {
  readonly code: ScanErrorCode;

  constructor(code: ScanErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ScanError";
    this.code = code;
  }
}

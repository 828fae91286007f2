import type { Outcome } from "./exit-codes.ts";

/** Why a command could not do what it was asked; also the exit code, through `exitCodes`. */
export type CliErrorCode = Exclude<Outcome, "ok" | "findings" | "internal">;

/**
 * Ends the command. The message is for the person at the terminal: one line that says what was expected, what came and
 * what to do. It never holds a token, a key or a payload.
 */
export class CliError extends Error {
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CliError";
    this.code = code;
  }
}

/** The `code` of a system error such as `ENOENT`, found on the error or on its causes; undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return undefined;
}

import type { ErrorCode } from "@wardwire/wire/error-codes";

/** What else an `error` frame says. */
export interface RequestErrorDetail {
  /** Where in the data the fault is. */
  readonly path?: readonly (string | number)[];
  /** When it is worth trying again. */
  readonly retryAfterMs?: number;
}

/**
 * Answers a request with an `error` frame; the connection goes on. A command handler throws one to refuse in its own
 * words: `code` is then one of the protocol's or the application's own kebab-case word. Everything in it reaches the
 * caller.
 */
export class RequestError extends Error {
  readonly code: string;
  readonly detail: RequestErrorDetail;

  constructor(code: ErrorCode | (string & {}), message: string, detail: RequestErrorDetail = {}) {
    super(message);
    this.name = "RequestError";
    this.code = code;
    this.detail = detail;
  }
}

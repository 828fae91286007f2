import { RequestError } from "./request-error.ts";

/**
 * Goes on when there is nothing to wait for.
 *
 * @param what is too much, such as `20 frames a second`.
 * @throws RequestError `rate-limited` with `retryAfterMs`.
 */
export function withinBudget(waitMs: number, what: string): void {
  if (waitMs > 0) throw overBudget(waitMs, what);
}

/** The answer to who is over a budget. */
export function overBudget(retryAfterMs: number, what: string): RequestError {
  return new RequestError("rate-limited", `at most ${what}; try again in ${retryAfterMs} ms`, { retryAfterMs });
}

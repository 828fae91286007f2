import type { Clock } from "../clock.ts";

/** What happens as a token nears its end. */
export interface ExpiryActions {
  /** The token will expire soon; a client renews now. */
  expiring(): void;
  /** The token has expired. */
  expired(): void;
}

/** A watch over one token; called off when a newer one takes its place. */
export interface Expiry {
  cancel(): void;
}

/** Notice comes a fifth of the remaining life ahead, at most a minute. */
const longestNoticeMs = 60_000;

/**
 * Calls `expiring`, then `expired` at `expiresAt` (ms since 1970). The remaining life is read off the wall clock once;
 * from then on monotonic timers count, so that a step of the clock expires nobody (R39).
 */
export function watchExpiry(clock: Clock, expiresAt: number, actions: ExpiryActions): Expiry {
  const remainingMs = Math.max(0, expiresAt - clock.now());
  const noticeMs = Math.min(longestNoticeMs, remainingMs / 5);
  const expiring = clock.after(remainingMs - noticeMs, actions.expiring);
  const expired = clock.after(remainingMs, actions.expired);
  return {
    cancel: () => {
      expiring.cancel();
      expired.cancel();
    },
  };
}

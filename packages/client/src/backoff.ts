/** The constants of reconnecting, in ms. */
export const backoff = {
  /** The ceiling of the first delay; it doubles with every failure. */
  baseMs: 500,
  /** The ceiling stops growing here. */
  capMs: 20_000,
  /** No delay is shorter, so that no run of luck with the random numbers becomes a loop. */
  floorMs: 100,
  /** Failures are forgotten only after a connection has lasted this long. */
  stableMs: 10_000,
  /** A gateway's hint counts for at most this long. */
  maxHintMs: 300_000,
} as const;

/**
 * How long to wait before the next attempt: full jitter, a random share of a ceiling that doubles with every failure
 * (R60).
 *
 * @param failures Attempts and connections lost since the last stable connection, 1 or more.
 * @param random Gives a number from 0 up to but not including 1.
 * @param hintMs How long the gateway asked to be left alone; the jitter comes on top, so that those who were told the
 *   same do not come back together.
 */
export function retryDelayMs(failures: number, random: () => number, hintMs = 0): number {
  const ceilingMs = Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.max(0, failures - 1));
  const jitterMs = Math.max(backoff.floorMs, Math.round(random() * ceilingMs));
  return Math.min(backoff.maxHintMs, Math.max(0, hintMs)) + jitterMs;
}

/** The machine's clocks, or others in tests. */
export interface EngineClock {
  /** Wall clock: milliseconds since 1970. Only asked when the store is opened. */
  now(): number;
  /** Milliseconds that never go back, from an arbitrary start. */
  monotonic(): number;
}

/** The machine's clocks. */
export const systemClock: EngineClock = { now: () => Date.now(), monotonic: () => performance.now() };

/**
 * The engine's time: begins with the wall clock, or with the newest time in the store if that is later, and then goes on
 * with the monotonic clock. Setting the machine's clock, forwards or back, neither expires anything nor revives it.
 *
 * @param startedMs the monotonic time at which the engine's time was `nowMs`.
 * @returns whole milliseconds that never go back.
 */
export function engineTime(clock: EngineClock, startedMs: number, nowMs: number): () => number {
  return () => Math.floor(nowMs + clock.monotonic() - startedMs);
}

/** Time as the gateway sees it; injected so that tests decide when it passes. */
export interface Clock {
  /** Wall clock: milliseconds since 1970. Only compared with times that come from outside, such as a token's `exp`. */
  now(): number;
  /** Milliseconds that never go back, from an arbitrary start. What every deadline is measured in. */
  monotonic(): number;
  /** Calls `callback` once after `delayMs`; the timer keeps no process alive. */
  after(delayMs: number, callback: () => void): Timer;
}

/** A timer that can be called off; doing so twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/** The longest delay of a Node timer; longer ones would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** The machine's clocks and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, callback) => startTimer(delayMs, callback),
};

function startTimer(delayMs: number, callback: () => void): Timer {
  let handle: NodeJS.Timeout;
  const wait = (remainingMs: number): void => {
    const step = Math.min(remainingMs, longestTimerMs);
    handle = setTimeout(() => (remainingMs > step ? wait(remainingMs - step) : callback()), step);
    handle.unref();
  };
  wait(Math.max(0, delayMs));
  return { cancel: () => clearTimeout(handle) };
}

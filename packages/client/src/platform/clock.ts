/** Where the client's time comes from; a test gives a clock it turns by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `task` once, `delayMs` from now or when a timer can at the latest, unless the returned function is called before. */
  after(delayMs: number, task: () => void): CancelTimer;
}

/** Stops a timer; does nothing when it has run already. */
export type CancelTimer = () => void;

/** The longest delay a platform timer takes, in ms; a longer one would run at once. */
const longestTimerMs = 2_147_483_647;

/** The platform's own clock and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, Math.min(delayMs, longestTimerMs));
    return () => clearTimeout(timer);
  },
};

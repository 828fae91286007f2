import type { Clock, Timer } from "../src/clock.ts";

interface Waiting extends Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is told how much time has passed. */
export class ManualClock implements Clock {
  /** Added to the wall clock only: a step that monotonic time does not see. */
  wallStepMs = 0;
  #elapsedMs = 0;
  #waiting: Waiting[] = [];

  now(): number {
    return 1_795_225_500_000 + this.#elapsedMs + this.wallStepMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const waiting: Waiting = {
      at: this.#elapsedMs + delayMs,
      callback,
      cancel: () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
      },
    };
    this.#waiting.push(waiting);
    return waiting;
  }

  /** Number of timers set and neither fired nor cancelled. */
  get timers(): number {
    return this.#waiting.length;
  }

  /** Lets time pass; timers fire in order, each at its own instant. */
  pass(ms: number): void {
    const end = this.#elapsedMs + ms;
    for (let next = this.#due(end); next !== undefined; next = this.#due(end)) {
      this.#elapsedMs = Math.max(this.#elapsedMs, next.at);
      next.cancel();
      next.callback();
    }
    this.#elapsedMs = end;
  }

  /** A stall of the event loop: timers that fell due fire first and late, then `arrived` happens, then new ones fire. */
  stall(ms: number, arrived: () => void): void {
    this.#elapsedMs += ms;
    const due = this.#waiting.filter(({ at }) => at <= this.#elapsedMs).sort((a, b) => a.at - b.at);
    for (const timer of due) {
      timer.cancel();
      timer.callback();
    }
    arrived();
    this.pass(0);
  }

  #due(end: number): Waiting | undefined {
    return this.#waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

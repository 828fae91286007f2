import { setImmediate } from "node:timers/promises";
import type { Clock, Timer } from "../clock.ts";

/** A timer that is called off by `cancel()` or by calling it: a gateway does the one, a client the other. */
export type ManualTimer = Timer & (() => void);

interface Waiting {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock for both ends that stands still until it is told how much time has passed. */
export class ManualClock implements Clock {
  /** Added to the wall clock only: a step that monotonic time does not see. */
  wallStepMs = 0;
  #elapsedMs = 0;
  readonly #waiting = new Set<Waiting>();

  now(): number {
    return startMs + this.#elapsedMs + this.wallStepMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, callback: () => void): ManualTimer {
    const waiting = { at: this.#elapsedMs + delayMs, callback };
    this.#waiting.add(waiting);
    const cancel = (): void => void this.#waiting.delete(waiting);
    return Object.assign(cancel, { cancel });
  }

  /** Number of timers set and neither fired nor cancelled. */
  get timers(): number {
    return this.#waiting.size;
  }

  /** Lets time pass at once; timers fire in order, each at its own instant. What they begin has not ended afterwards. */
  pass(ms: number): void {
    const end = this.#elapsedMs + ms;
    for (let next = this.#due(end); next !== undefined; next = this.#due(end)) this.#fire(next);
    this.#elapsedMs = end;
  }

  /** Lets time pass as it does in life: what a timer begins ends, as far as it can by itself, before the next one fires. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsedMs + ms;
    await settle();
    for (let next = this.#due(end); next !== undefined; next = this.#due(end)) {
      this.#fire(next);
      await settle();
    }
    this.#elapsedMs = end;
  }

  /** A stall of the event loop: timers that fell due fire first and late, then `arrived` happens, then new ones fire. */
  stall(ms: number, arrived: () => void): void {
    this.#elapsedMs += ms;
    const due = [...this.#waiting].filter(({ at }) => at <= this.#elapsedMs).sort((a, b) => a.at - b.at);
    for (const timer of due) this.#fire(timer);
    arrived();
    this.pass(0);
  }

  #fire(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    this.#elapsedMs = Math.max(this.#elapsedMs, waiting.at);
    waiting.callback();
  }

  #due(end: number): Waiting | undefined {
    return [...this.#waiting].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

/** When the clock begins, in ms since 1970. */
const startMs = 1_795_225_500_000;

/** Turns of the event loop in which everything that needs nothing from outside comes to its end. */
const settlingTurns = 10;

/** Lets everything that can go on by itself do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < settlingTurns; turn += 1) await setImmediate();
}

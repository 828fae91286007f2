import { setTimeout } from "node:timers/promises";
import { ProbeFailure } from "./raw/probe-failure.ts";

/** Keeps new connections to a rate and open ones to a number. */
export class ConnectionGate {
  readonly #intervalMs: number;
  readonly #signal: AbortSignal;
  readonly #waiting: (() => void)[] = [];
  #free: number;
  #nextAtMs = 0;

  constructor(limits: { readonly perSecond: number; readonly concurrency: number; readonly signal: AbortSignal }) {
    this.#intervalMs = 1_000 / limits.perSecond;
    this.#free = limits.concurrency;
    this.#signal = limits.signal;
    limits.signal.addEventListener("abort", () => {
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  /**
   * Waits for a place; whoever has one disposes of it when its connection is closed.
   *
   * @throws ProbeFailure `aborted` when the scan was stopped meanwhile.
   */
  async enter(): Promise<Disposable> {
    this.#checkRunning();
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const place = { [Symbol.dispose]: () => this.#leave() };
    const nowMs = performance.now();
    const waitMs = Math.max(0, this.#nextAtMs - nowMs);
    this.#nextAtMs = Math.max(nowMs, this.#nextAtMs) + this.#intervalMs;
    // An abort is looked at below, whether or not there was a wait.
    if (waitMs > 0) await setTimeout(waitMs, undefined, { signal: this.#signal }).catch(() => undefined);
    if (this.#signal.aborted) place[Symbol.dispose]();
    this.#checkRunning();
    return place;
  }

  /** Lets nobody in for so long, as a server that limits its clients has asked. */
  holdOff(forMs: number): void {
    this.#nextAtMs = Math.max(this.#nextAtMs, performance.now() + forMs);
  }

  /** A place goes to the longest waiting, or becomes free. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }

  #checkRunning(): void {
    if (this.#signal.aborted) throw new ProbeFailure("aborted", "the scan was stopped");
  }
}

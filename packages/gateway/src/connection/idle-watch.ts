import type { Clock, Timer } from "../clock.ts";

/**
 * Calls `idle` once nobody has acted on a connection for `idleTimeoutMs` (R32). One timer a connection, which is set again
 * only when it fires, not at every frame.
 */
export class IdleWatch {
  readonly #clock: Clock;
  readonly #idleTimeoutMs: number;
  readonly #idle: () => void;
  #actedAt: number;
  #timer: Timer;

  constructor(clock: Clock, idleTimeoutMs: number, idle: () => void) {
    this.#clock = clock;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#idle = idle;
    this.#actedAt = clock.monotonic();
    this.#timer = this.#wait(idleTimeoutMs);
  }

  /** A person, or a program of theirs, did something. */
  acted(): void {
    this.#actedAt = this.#clock.monotonic();
  }

  /** Stops watching. */
  stop(): void {
    this.#timer.cancel();
  }

  #wait(waitMs: number): Timer {
    return this.#clock.after(waitMs, () => {
      const leftMs = this.#actedAt + this.#idleTimeoutMs - this.#clock.monotonic();
      if (leftMs <= 0) this.#idle();
      // A whole millisecond at least, as the heartbeat waits.
      else this.#timer = this.#wait(Math.ceil(leftMs));
    });
  }
}

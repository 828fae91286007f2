import type { Clock, Timer } from "../clock.ts";

/** What a heartbeat does. */
export interface HeartbeatActions {
  /** Silence lasted `heartbeatMs`. */
  ping(): void;
  /** And as long again. */
  lost(): void;
}

/**
 * Watches one connection for silence (R32): `ping` after `heartbeatMs` without a frame, `lost` after as long again. One
 * timer a connection, which is set again only when it fires, not at every frame.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #heartbeatMs: number;
  readonly #actions: HeartbeatActions;
  #heardAt: number;
  #timer: Timer;

  constructor(clock: Clock, heartbeatMs: number, actions: HeartbeatActions) {
    this.#clock = clock;
    this.#heartbeatMs = heartbeatMs;
    this.#actions = actions;
    this.#heardAt = clock.monotonic();
    this.#timer = this.#listen(heartbeatMs);
  }

  /** A frame came. */
  heard(): void {
    this.#heardAt = this.#clock.monotonic();
  }

  /** Stops watching. */
  stop(): void {
    this.#timer.cancel();
  }

  #listen(waitMs: number): Timer {
    return this.#clock.after(waitMs, () => {
      const silentMs = this.#clock.monotonic() - this.#heardAt;
      if (silentMs < this.#heartbeatMs) {
        // A whole millisecond at least: a wait that rounding swallows would come round for ever at the same instant.
        this.#timer = this.#listen(Math.ceil(this.#heartbeatMs - silentMs));
        return;
      }
      const pingedAt = this.#clock.monotonic();
      // After a stall of the event loop timers come first, then what has arrived meanwhile: so a frame gets its chance.
      this.#timer = this.#clock.after(this.#heartbeatMs, () => {
        this.#timer = this.#clock.after(0, () => this.#judge(pingedAt));
      });
      this.#actions.ping();
    });
  }

  #judge(pingedAt: number): void {
    if (this.#heardAt < pingedAt) this.#actions.lost();
    else this.#timer = this.#listen(Math.max(0, this.#heardAt + this.#heartbeatMs - this.#clock.monotonic()));
  }
}

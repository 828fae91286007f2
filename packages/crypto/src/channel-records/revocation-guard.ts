/** What a guard is made from. */
export interface RevocationGuardOptions {
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** For how long what was read of revocations counts. */
  readonly maxAgeMs: number;
}

/**
 * Says when a process must read what has been revoked before it seals for a channel again (RK-8): it was last read too long
 * ago, or the event loop stood still meanwhile, so that a kick may be waiting unseen. A process that must not seal holds.
 */
export class RevocationGuard {
  readonly #now: () => number;
  readonly #maxAgeMs: number;
  #beatAt: number;
  /** What was read before this does not count. */
  #stalledAt = Number.NEGATIVE_INFINITY;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor({ now, maxAgeMs }: RevocationGuardOptions) {
    this.#now = now;
    this.#maxAgeMs = maxAgeMs;
    this.#beatAt = now();
  }

  /** The event loop goes round; call it by a timer, several times within half a second. */
  beat(): void {
    const now = this.#now();
    if (this.#isStalled(now)) this.#stalledAt = now;
    this.#beatAt = now;
  }

  /**
   * Revocations have been read, and applied to the channels.
   *
   * @param beganAt when the reading began, by the same clock: what was revoked later it has not seen
   */
  revocationsRead(beganAt: number): void {
    this.#readAt = Math.max(this.#readAt, beganAt);
  }

  /** Whether revocations must be read before the next record is sealed. */
  get mustRead(): boolean {
    const now = this.#now();
    // A stall that goes on is one already: the timer has had no turn to say so.
    return this.#isStalled(now) || this.#readAt < this.#stalledAt || now - this.#readAt > this.#maxAgeMs;
  }

  #isStalled(now: number): boolean {
    return now - this.#beatAt > longestPauseMs;
  }
}

/** The longest pause between two beats that is no stall (RK-8). */
const longestPauseMs = 500;

/** The times of SR-5.1, in milliseconds. */
export const rehandshakeTimes = { dueAfterMs: 86_400_000, spacingMs: 60_000, tooOldAfterMs: 90_000_000 } as const;

/**
 * When a session needs fresh keys (SR-5.1): a client begins a handshake when it is due, a gateway admits the one that
 * comes, and both end a session that has grown too old without one.
 */
export class RehandshakeClock {
  readonly #now: () => number;
  #freshAt: number;
  #beganAt = Number.NEGATIVE_INFINITY;
  #isUnderWay = false;

  /** Starts with the session's first handshake; `now` gives milliseconds of a clock that never goes back. */
  constructor(now: () => number) {
    this.#now = now;
    this.#freshAt = now();
  }

  /** Whether a client begins one now. */
  get isDue(): boolean {
    return this.#now() - this.#freshAt >= rehandshakeTimes.dueAfterMs && this.#mayBegin();
  }

  /** Whether the session ends, with the error `session` and 4470. */
  get isTooOld(): boolean {
    return this.#now() - this.#freshAt >= rehandshakeTimes.tooOldAfterMs;
  }

  /**
   * A handshake begins: message 1 is about to be sent, or has come.
   *
   * @returns false where one is under way, or began less than a minute ago; that is fatal when a peer does it
   */
  begin(): boolean {
    if (!this.#mayBegin()) return false;
    this.#isUnderWay = true;
    this.#beganAt = this.#now();
    return true;
  }

  /** Both directions have switched (SR-5.2): the session is young again. */
  switched(): void {
    this.#isUnderWay = false;
    this.#freshAt = this.#now();
  }

  #mayBegin(): boolean {
    return !this.#isUnderWay && this.#now() - this.#beganAt >= rehandshakeTimes.spacingMs;
  }
}

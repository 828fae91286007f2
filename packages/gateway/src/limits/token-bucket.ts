/** What a {@link TokenBucket} is made of. */
export interface TokenBucketOptions {
  /** The most that can be taken at once, and what there is at the start. */
  readonly burst: number;
  /** What comes back each second, up to the burst. Above 0. */
  readonly perSecond: number;
  /** Milliseconds that never go back, from an arbitrary start. */
  readonly now: () => number;
}

/**
 * A rate limit for the hot path: what may be taken at once is bounded by the burst, what may be taken over time by
 * the rate. Taking allocates nothing and starts no timer. Exact for whole rates and costs: it counts thousandths of a
 * token against whole milliseconds.
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #now: () => number;
  readonly #fullMilliTokens: number;
  #milliTokens: number;
  #filledAtMs: number;

  /** @throws RangeError if the burst or the rate is not a number above 0. */
  constructor(options: TokenBucketOptions) {
    checkPositive("burst", options.burst);
    checkPositive("perSecond", options.perSecond);
    this.#perSecond = options.perSecond;
    this.#now = options.now;
    this.#fullMilliTokens = options.burst * 1_000;
    this.#milliTokens = this.#fullMilliTokens;
    this.#filledAtMs = Math.floor(this.#now());
  }

  /**
   * Takes `cost` tokens, or nothing.
   *
   * @param cost 0 or more.
   * @returns 0 if they were taken; else the milliseconds until they could be, if nobody takes any before: at least 1,
   *   and Infinity for a cost above the burst.
   */
  take(cost: number): number {
    const waitMs = this.wait(cost);
    if (waitMs === 0) this.#milliTokens -= cost * 1_000;
    return waitMs;
  }

  /** What `take` would give now; takes nothing. */
  wait(cost: number): number {
    this.#fill();
    const missing = cost * 1_000 - this.#milliTokens;
    if (missing <= 0) return 0;
    return cost * 1_000 > this.#fullMilliTokens ? Number.POSITIVE_INFINITY : Math.ceil(missing / this.#perSecond);
  }

  /** Whether it holds all it can. */
  get full(): boolean {
    this.#fill();
    return this.#milliTokens === this.#fullMilliTokens;
  }

  #fill(): void {
    const nowMs = Math.floor(this.#now());
    if (nowMs > this.#filledAtMs) {
      const gained = (nowMs - this.#filledAtMs) * this.#perSecond;
      this.#milliTokens = Math.min(this.#fullMilliTokens, this.#milliTokens + gained);
      this.#filledAtMs = nowMs;
    }
  }
}

function checkPositive(name: string, value: number): void {
  if (!Number.isFinite(value) || value <= 0) {
    throw new RangeError(`${name}: expected a number above 0, got ${value}`);
  }
}

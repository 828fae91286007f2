import { TokenBucket, type TokenBucketOptions } from "./token-bucket.ts";

/** What {@link KeyedBuckets} are made of: every key has a bucket like this. */
export interface KeyedBucketsOptions extends TokenBucketOptions {
  /** The most keys remembered; beyond it the one that was used longest ago is forgotten. */
  readonly maxKeys: number;
}

/**
 * A rate limit by a key such as an address or a user (R29). A key costs memory only while its bucket is not full: a full
 * bucket says the same as none. Two of those used longest ago are looked at for each new key, so that old keys go faster
 * than new ones come, and no timer is needed.
 */
export class KeyedBuckets {
  readonly #options: KeyedBucketsOptions;
  /** In the order of their last use. */
  readonly #byKey = new Map<string, TokenBucket>();

  /** @throws RangeError if the burst or the rate is not above 0, or `maxKeys` is not a whole number above 0. */
  constructor(options: KeyedBucketsOptions) {
    if (!Number.isSafeInteger(options.maxKeys) || options.maxKeys < 1) {
      throw new RangeError(`maxKeys: expected a whole number above 0, got ${options.maxKeys}`);
    }
    new TokenBucket(options);
    this.#options = options;
  }

  /** Keys remembered now. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Takes `cost` tokens of this key, or nothing; gives what `TokenBucket.take` gives. */
  take(key: string, cost: number): number {
    const known = this.#byKey.get(key);
    const bucket = known ?? new TokenBucket(this.#options);
    const waitMs = bucket.take(cost);
    if (known !== undefined) this.#byKey.delete(key);
    else if (bucket.full) return waitMs;
    else this.#makeRoom();
    this.#byKey.set(key, bucket);
    return waitMs;
  }

  /** What `take` would give now; takes nothing. */
  wait(key: string, cost: number): number {
    return this.#byKey.get(key)?.wait(cost) ?? (cost > this.#options.burst ? Number.POSITIVE_INFINITY : 0);
  }

  #makeRoom(): void {
    let looked = 0;
    for (const [key, bucket] of this.#byKey) {
      if (!bucket.full && this.#byKey.size < this.#options.maxKeys) return;
      this.#byKey.delete(key);
      looked += 1;
      if (looked === 2) return;
    }
  }
}

/** What is remembered of one subject, and until when it matters. */
export interface Remembered {
  /** Monotonic; from then on it says the same as nothing. */
  readonly untilMs: number;
}

/**
 * What is known of subjects such as addresses, of at most `max` of them. Two that were heard of longest ago are looked at
 * for each new one, so that old ones go faster than new ones come. One that still mattered when room was needed is counted
 * as forgotten: whoever comes from many addresses can bring that about, which is why everything is counted in total too.
 */
export class Subjects<S extends Remembered> {
  readonly #max: number;
  /** In the order they were heard of last. */
  readonly #byKey = new Map<string, S>();
  #forgotten = 0;

  /** @throws RangeError unless `max` is a whole number above 0. */
  constructor(max: number) {
    if (!Number.isSafeInteger(max) || max < 1) throw new RangeError(`max: expected a whole number above 0, got ${max}`);
    this.#max = max;
  }

  /** Subjects remembered now. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Subjects that were forgotten although they mattered. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** What is known of this subject, which is now the one heard of last; `begin` makes what there is to know of a new one. */
  hear(key: string, nowMs: number, begin: () => S): S {
    const known = this.#byKey.get(key);
    if (known === undefined) this.#makeRoom(nowMs);
    else this.#byKey.delete(key);
    const subject = known ?? begin();
    this.#byKey.set(key, subject);
    return subject;
  }

  #makeRoom(nowMs: number): void {
    let looked = 0;
    for (const [key, { untilMs }] of this.#byKey) {
      const matters = untilMs > nowMs;
      if (matters && this.#byKey.size < this.#max) return;
      this.#byKey.delete(key);
      if (matters) this.#forgotten += 1;
      looked += 1;
      if (looked === 2) return;
    }
  }
}

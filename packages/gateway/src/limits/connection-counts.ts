/** Bounds of {@link ConnectionCounts}. */
export interface ConnectionCountsOptions {
  /** The most at the same time with the same key. */
  readonly maxPerKey: number;
  /** The most at the same time over all keys, which bounds the memory too. */
  readonly maxTotal: number;
}

/** Gives a place back; calling it again does nothing. */
export type Release = () => void;

/**
 * How many connections there are at the same time, by a key such as an address or a user (R30). A key is remembered
 * only while a connection holds a place under it.
 */
export class ConnectionCounts {
  readonly #maxPerKey: number;
  readonly #maxTotal: number;
  readonly #byKey = new Map<string, number>();
  #total = 0;

  /** @throws RangeError if a bound is not a whole number above 0. */
  constructor(options: ConnectionCountsOptions) {
    checkBound("maxPerKey", options.maxPerKey);
    checkBound("maxTotal", options.maxTotal);
    this.#maxPerKey = options.maxPerKey;
    this.#maxTotal = options.maxTotal;
  }

  /** Places taken over all keys. */
  get total(): number {
    return this.#total;
  }

  /** Whether no place is left over all keys: then the process is full (503), rather than one client greedy (429). */
  get full(): boolean {
    return this.#total >= this.#maxTotal;
  }

  /** Keys that hold a place. */
  get keys(): number {
    return this.#byKey.size;
  }

  /** Places taken under this key. */
  count(key: string): number {
    return this.#byKey.get(key) ?? 0;
  }

  /** Takes a place under the key; `undefined` if a bound is reached. The place is held until it is released. */
  acquire(key: string): Release | undefined {
    const taken = this.count(key);
    if (this.full || taken >= this.#maxPerKey) {
      return undefined;
    }
    this.#byKey.set(key, taken + 1);
    this.#total += 1;
    let held = true;
    return () => {
      if (held) {
        held = false;
        this.#release(key);
      }
    };
  }

  #release(key: string): void {
    const left = this.count(key) - 1;
    if (left === 0) {
      this.#byKey.delete(key);
    } else {
      this.#byKey.set(key, left);
    }
    this.#total -= 1;
  }
}

function checkBound(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`${name}: expected a whole number above 0, got ${value}`);
  }
}

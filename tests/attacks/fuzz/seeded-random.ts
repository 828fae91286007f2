import { randomInt } from "node:crypto";

/** A random sequence that its seed repeats exactly; for tests, never for secrets. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.#next() * (max - min + 1));
  }

  /** True once in `times`. */
  oneIn(times: number): boolean {
    return this.between(1, times) === 1;
  }

  /** One of the items. */
  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.between(0, items.length - 1)] ?? items[0];
  }

  /** `length` random bytes. */
  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let i = 0; i < length; i++) bytes[i] = this.between(0, 255);
    return bytes;
  }

  /** A generator of its own, so that what one part of a test draws changes nothing elsewhere. */
  fork(): SeededRandom {
    return new SeededRandom(this.between(0, 0xffff_ffff));
  }

  /** Mulberry32: 32 bits of state, a period of 2^32, good enough to choose test cases. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }
}

/** The seed of this run: `WARDWIRE_SEED` from the environment, which repeats a run, else a fresh one. */
export function runSeed(): number {
  const given = process.env["WARDWIRE_SEED"];
  if (given === undefined || given === "") return randomInt(0, 2 ** 32 - 1);
  if (!/^\d{1,10}$/.test(given)) throw new Error(`WARDWIRE_SEED: expected a whole number, got ${given}`);
  return Number(given) >>> 0;
}

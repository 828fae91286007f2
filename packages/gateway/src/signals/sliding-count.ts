/** Parts of a window: what leaves it leaves a tenth of the window at a time. */
const slots = 10;

/**
 * How often something has happened in the last `windowMs`, to a tenth of it: never more than in the whole window, and all
 * that happened in the last nine tenths. Its memory does not depend on how often.
 */
export class SlidingCount {
  readonly #slotMs: number;
  readonly #counts: number[] = Array(slots).fill(0);
  #total = 0;
  #latest: number;

  /** @param nowMs monotonic */
  constructor(windowMs: number, nowMs: number) {
    this.#slotMs = windowMs / slots;
    this.#latest = Math.floor(nowMs / this.#slotMs);
  }

  /** One more; gives how many there are now. */
  add(nowMs: number): number {
    this.#slide(nowMs);
    const slot = this.#latest % slots;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    this.#total += 1;
    return this.#total;
  }

  /** How many there are. */
  count(nowMs: number): number {
    this.#slide(nowMs);
    return this.#total;
  }

  #slide(nowMs: number): void {
    const now = Math.floor(nowMs / this.#slotMs);
    const passed = Math.min(slots, now - this.#latest);
    for (let step = 1; step <= passed; step += 1) {
      const slot = (this.#latest + step) % slots;
      this.#total -= this.#counts[slot] ?? 0;
      this.#counts[slot] = 0;
    }
    this.#latest = Math.max(this.#latest, now);
  }
}

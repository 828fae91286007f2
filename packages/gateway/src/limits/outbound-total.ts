/** Something that holds bytes nobody has read yet. */
export interface Holder {
  /** Bytes it holds now. */
  readonly heldBytes: number;
  /** Called when it holds the most and there is too much in all; it is no longer counted then. */
  tooMuch(): void;
}

/**
 * The bytes of unsent messages over all connections of the process (R31). A holder says when it holds more; less is
 * found out when it matters, so the sum may run high and never low. Bytes that connections share are counted for each.
 * Above the bound those that hold the most go, until it is kept.
 */
export class OutboundTotal {
  readonly #maxBytes: number;
  readonly #held = new Map<Holder, number>();
  #total = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The sum as far as it is known. */
  get bytes(): number {
    return this.#total;
  }

  /** Notes what the holder holds now. */
  update(holder: Holder): void {
    this.#note(holder, holder.heldBytes);
    if (this.#total > this.#maxBytes) this.#relieve();
  }

  /** Forgets a holder that has closed. */
  forget(holder: Holder): void {
    this.#note(holder, 0);
  }

  #note(holder: Holder, bytes: number): void {
    this.#total += bytes - (this.#held.get(holder) ?? 0);
    if (bytes === 0) this.#held.delete(holder);
    else this.#held.set(holder, bytes);
  }

  #relieve(): void {
    for (const holder of [...this.#held.keys()]) this.#note(holder, holder.heldBytes);
    const worstFirst = [...this.#held].sort(([, a], [, b]) => b - a);
    for (const [holder] of worstFirst) {
      if (this.#total <= this.#maxBytes) return;
      this.forget(holder);
      holder.tooMuch();
    }
  }
}

/** An entry of an {@link AgedMap}. */
export interface AgedEntry<Value> {
  readonly key: string;
  readonly value: Value;
}

/**
 * A map that knows which of its entries was set longest ago. Every operation takes O(1), which a `Map` alone does not
 * give: looking for its first entry walks over all that were deleted before it.
 */
export class AgedMap<Value> {
  readonly #links = new Map<string, Link<Value>>();
  #oldest: Link<Value> | undefined;
  #newest: Link<Value> | undefined;

  get size(): number {
    return this.#links.size;
  }

  /** The entry that was set longest ago. */
  get oldest(): AgedEntry<Value> | undefined {
    return this.#oldest;
  }

  get(key: string): Value | undefined {
    return this.#links.get(key)?.value;
  }

  /** Sets an entry and makes it the newest, whether or not there was one. */
  set(key: string, value: Value): void {
    this.delete(key);
    const link = { key, value, older: this.#newest, newer: undefined };
    if (this.#newest === undefined) this.#oldest = link;
    else this.#newest.newer = link;
    this.#newest = link;
    this.#links.set(key, link);
  }

  delete(key: string): void {
    const link = this.#links.get(key);
    if (link === undefined) return;
    if (link.older === undefined) this.#oldest = link.newer;
    else link.older.newer = link.newer;
    if (link.newer === undefined) this.#newest = link.older;
    else link.newer.older = link.older;
    this.#links.delete(key);
  }

  clear(): void {
    this.#links.clear();
    this.#oldest = undefined;
    this.#newest = undefined;
  }

  /** All entries, in no order; entries may come and go meanwhile. */
  values(): MapIterator<AgedEntry<Value>> {
    return this.#links.values();
  }
}

interface Link<Value> extends AgedEntry<Value> {
  older: Link<Value> | undefined;
  newer: Link<Value> | undefined;
}

/**
 * A bounded cache of keys that can be derived again, such as the history keys of writers: the least recently used goes
 * first, and what goes is disposed of. It owns what it holds; whoever gets a key uses it at once and keeps it not.
 */
export class DerivedKeys<Key extends { dispose(): void }> {
  readonly #capacity: number;
  /** In order of use, the oldest first. */
  readonly #keys = new Map<string, Key>();
  #hits = 0;
  #misses = 0;

  /** @param capacity how many keys at most, 1 or more */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The key of a name; undefined when it has to be derived and `put`. */
  get(name: string): Key | undefined {
    const key = this.#keys.get(name);
    if (key === undefined) {
      this.#misses += 1;
      return undefined;
    }
    this.#hits += 1;
    this.#keys.delete(name);
    this.#keys.set(name, key);
    return key;
  }

  /** Takes over a key; one of the same name is disposed of. */
  put(name: string, key: Key): void {
    this.#drop(name);
    this.#keys.set(name, key);
    const [oldest] = this.#keys.keys();
    if (this.#keys.size > this.#capacity && oldest !== undefined) this.#drop(oldest);
  }

  /** How often it helped; for figures. */
  figures(): { readonly size: number; readonly hits: number; readonly misses: number } {
    return { size: this.#keys.size, hits: this.#hits, misses: this.#misses };
  }

  /** Disposes of every key. */
  dispose(): void {
    for (const name of [...this.#keys.keys()]) this.#drop(name);
  }

  #drop(name: string): void {
    this.#keys.get(name)?.dispose();
    this.#keys.delete(name);
  }
}

import type { Bytes } from "../bytes.ts";
import type { RecordType } from "./record-types.ts";

/**
 * A value that comes in chunks (SR-1.2). It copies them into one array that grows with their content: a chunk kept as it
 * came would keep its whole plaintext, padding included, so that a few bytes a record could hold 60 KiB each.
 */
export class GatheredValue {
  readonly type: RecordType;
  readonly #most: number;
  #bytes: Bytes = new Uint8Array(0);
  #length = 0;

  /** @param most bytes of the whole value */
  constructor(type: RecordType, most: number) {
    this.type = type;
    this.#most = most;
  }

  /** Adds a chunk, which stays the caller's; false when the value would be too long. */
  add(chunk: Uint8Array): boolean {
    const length = this.#length + chunk.length;
    if (length > this.#most) return false;
    if (length > this.#bytes.length) this.#grow(Math.min(this.#most, Math.max(length, this.#bytes.length * 2)));
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
    return true;
  }

  /** The value so far, a view of memory that no one else has once the last chunk is in. */
  get content(): Bytes {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(capacity: number): void {
    const larger = new Uint8Array(capacity);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

import type { HistoryBounds, StreamItem } from "../broker.ts";

/** What the items of several windows take together; each window keeps it up to date. */
export interface KeptHistory {
  bytes: number;
}

/** What an item is counted as taking beside its bytes, so that empty ones are not free. */
export const itemOverheadBytes = 128;

/** The newest items of one stream: offsets `oldest` to `newest` without a gap. Every change takes amortised O(1). */
export class HistoryWindow {
  readonly #kept: KeptHistory;
  /** Live from `#head` on; what is before is released and cut off now and then. */
  #entries: Entry[] = [];
  #head = 0;
  #newest = 0;
  #ttlMs = 0;
  #bytes = 0;

  constructor(kept: KeptHistory) {
    this.#kept = kept;
  }

  /** The offset of the newest item there ever was; 0 before the first. */
  get newest(): number {
    return this.#newest;
  }

  /** The offset of the oldest item still kept; `newest + 1` when none is. */
  get oldest(): number {
    return this.#newest - this.#size + 1;
  }

  /** Gives `bytes` the next offset, keeps the item and drops what `bounds` no longer allow, the item itself included. */
  append(bytes: Uint8Array, bounds: HistoryBounds, nowMs: number): StreamItem {
    this.#newest += 1;
    const item = { offset: this.#newest, bytes };
    this.#entries.push({ item, publishedMs: nowMs });
    this.#kept.bytes += sizeOf(item);
    this.#bytes += bytes.byteLength;
    this.#ttlMs = bounds.ttlMs;
    while (this.#size > bounds.messages || this.#bytes > bounds.bytes) this.dropOldest();
    this.expire(nowMs);
    return item;
  }

  /** Drops the items that have become too old. */
  expire(nowMs: number): void {
    while (this.#size > 0 && nowMs - this.#entryAt(this.#head).publishedMs >= this.#ttlMs) this.dropOldest();
  }

  /** Drops the oldest item; false when there is none. */
  dropOldest(): boolean {
    if (this.#size === 0) return false;
    const { item } = this.#entryAt(this.#head);
    this.#kept.bytes -= sizeOf(item);
    this.#bytes -= item.bytes.byteLength;
    this.#entries[this.#head] = released;
    this.#head += 1;
    if (this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return true;
  }

  /** Drops everything. */
  clear(): void {
    while (this.dropOldest());
  }

  /** The items with offsets `first` to `last`, both kept; none when `first > last`. */
  range(first: number, last: number): StreamItem[] {
    const start = this.#head + first - this.oldest;
    return this.#entries.slice(start, Math.max(start, start + last - first + 1)).map(({ item }) => item);
  }

  get #size(): number {
    return this.#entries.length - this.#head;
  }

  #entryAt(index: number): Entry {
    return this.#entries[index] ?? released;
  }
}

interface Entry {
  readonly item: StreamItem;
  readonly publishedMs: number;
}

/** Stands where a dropped item was, so that its bytes can be collected before the array is cut. */
const released: Entry = { item: { offset: 0, bytes: new Uint8Array(0) }, publishedMs: 0 };

function sizeOf(item: StreamItem): number {
  return item.bytes.byteLength + itemOverheadBytes;
}

import { type Bytes, mapKeyOf } from "../bytes.ts";
import { aeadBytes } from "../primitives/primitives.ts";
import { type HistoryPlace, historyBytes } from "./history-item.ts";

/**
 * The contents of items that were opened a short while ago, up to so many bytes, so that a crowd that recovers at once
 * costs one opening each (HR-2). An item is known by its place, header and tag: whatever else stands between them, the
 * content is the one that was authenticated under that name.
 */
export class OpenedItems {
  readonly #maxBytes: number;
  /** In order of use, the oldest first. */
  readonly #contents = new Map<string, Bytes>();
  #bytes = 0;

  /** @param maxBytes of contents and names together, at most */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of contents and names that are held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The content of an item, for reading only; undefined where it has to be opened. */
  get(place: HistoryPlace, item: Uint8Array): Bytes | undefined {
    const name = nameOf(place, item);
    const content = this.#contents.get(name);
    if (content === undefined) return undefined;
    this.#contents.delete(name);
    this.#contents.set(name, content);
    return content;
  }

  /** Keeps what an item was opened to; the oldest go for it. What is larger than everything is not kept. */
  put(place: HistoryPlace, item: Uint8Array, content: Bytes): void {
    const name = nameOf(place, item);
    this.#drop(name);
    if (name.length + content.length > this.#maxBytes) return;
    this.#contents.set(name, content);
    this.#bytes += name.length + content.length;
    for (const oldest of this.#contents.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#drop(oldest);
    }
  }

  /** Forgets all contents, as when the KEK of a day is erased. */
  clear(): void {
    for (const name of this.#contents.keys()) this.#drop(name);
  }

  #drop(name: string): void {
    const content = this.#contents.get(name);
    if (content === undefined) return;
    this.#contents.delete(name);
    this.#bytes -= name.length + content.length;
  }
}

function nameOf({ tenant, channel, stream }: HistoryPlace, item: Uint8Array): string {
  const ends = mapKeyOf(item.subarray(0, historyBytes.header)) + mapKeyOf(item.subarray(-aeadBytes.tag));
  // Lengths in front: no two places have one name.
  return `${tenant.length} ${channel.length} ${stream.length} ${tenant}${channel}${stream}${ends}`;
}

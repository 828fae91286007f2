import type { HistoryPage, StreamItem } from "@wardwire/cluster/broker";
import type { Bytes } from "@wardwire/crypto/bytes";
import type { HistoryPlace } from "@wardwire/crypto/history/history-item";
import { HistoryKeys } from "@wardwire/crypto/history/history-keys";
import { HistoryReader } from "@wardwire/crypto/history/history-reader";
import { OpenedItems } from "@wardwire/crypto/history/opened-items";
import type { Primitives } from "@wardwire/crypto/primitives";
import type { HistoryKeks } from "../../server-keys/server-keys.ts";
import { messageIdOf } from "../history-message.ts";
import type { ItemReading, ReadPage } from "./channel-store.ts";
import { KekWatch } from "./kek-watch.ts";

/** Keys of writers and bytes of opened items that are kept at hand. */
const maxKeys = 1_024;
const maxOpenedBytes = 16_777_216;

/** What opening is made with. */
export interface HistoryOpeningOptions {
  readonly primitives: Primitives<"sync">;
  readonly keks: HistoryKeks;
  readonly failed: (error: unknown) => void;
}

/** Where an item belongs. A gateway is of one tenant, whose engine it has for itself. */
export function placeOf(channel: string, stream: string): HistoryPlace {
  return { tenant: "", channel, stream };
}

/** Opens the stored items of sealed channels, each once while it is remembered (HR-2). */
export class HistoryOpening {
  readonly #options: HistoryOpeningOptions;
  readonly #keys: HistoryKeys;
  readonly #opened = new OpenedItems(maxOpenedBytes);
  readonly #watch: KekWatch;

  constructor(options: HistoryOpeningOptions) {
    this.#options = options;
    this.#keys = new HistoryKeys(options.primitives, maxKeys);
    this.#watch = new KekWatch(options.keks, () => {
      this.#opened.clear();
      this.#keys.dispose();
    });
  }

  /** Remembers what an item has been sealed from, so that this process need not open it. */
  keep(place: HistoryPlace, item: Uint8Array, content: Bytes): void {
    this.#opened.put(place, item, content);
  }

  /** A page with its items in the clear. One that is not as it must be breaks the whole page: it has no items then. */
  open(channel: string, page: HistoryPage, isReverse: boolean): ReadPage {
    const inOrder = isReverse ? page.items.toReversed() : page.items;
    const reader = this.#read(placeOf(channel, page.position.stream));
    const opened: StreamItem[] = [];
    for (const { offset, bytes } of inOrder) {
      const content = this.#contentOf(reader, bytes);
      if (content === undefined) return { items: [], position: page.position, complete: false, isBroken: true };
      opened.push({ offset, bytes: content });
    }
    return { ...page, items: isReverse ? opened.reverse() : opened, isBroken: false };
  }

  /** A reading of what is delivered to a channel. */
  reading(channel: string): ItemReading {
    let stream: string | undefined;
    let reader: HistoryReader<"sync"> | undefined;
    return {
      next: (given, { bytes }) => {
        if (given !== stream || reader === undefined) reader = this.#read(placeOf(channel, given));
        stream = given;
        const content = this.#contentOf(reader, bytes);
        if (content === undefined) reader = undefined;
        return content;
      },
      restart: () => {
        reader = undefined;
      },
    };
  }

  #read(place: HistoryPlace): HistoryReader<"sync"> {
    const { primitives, keks } = this.#options;
    const kekOf = (id: Uint8Array) => keks.of(id);
    return new HistoryReader({ primitives, keys: this.#keys, place, kekOf, messageIdOf, opened: this.#opened });
  }

  /** Whatever is wrong, somebody else's delivery goes on. */
  #contentOf(reader: HistoryReader<"sync">, item: Uint8Array): Bytes | undefined {
    try {
      this.#watch.look();
      return reader.next(item);
    } catch (error) {
      this.#options.failed(error);
      return undefined;
    }
  }
}

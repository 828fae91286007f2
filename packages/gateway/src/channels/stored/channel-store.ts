import type { Broker, HistoryPage, HistoryQuery, Publication, Published, StreamItem } from "@wardwire/cluster/broker";
import type { ChannelAddress } from "../channel.ts";
import type { SealedHistory } from "./sealed-history.ts";

/** A page of history, with items in the clear. */
export interface ReadPage extends HistoryPage {
  /** Whether an item was not as it must be: then there are no items, and the page is not complete (HR-1.2). */
  readonly isBroken: boolean;
}

/** Reads the items of one channel as they are delivered, one after another. */
export interface ItemReading {
  /** What was published; undefined where the item is not as it must be (HR-1.2). Then, and in another stream, it begins anew. */
  next(stream: string, item: StreamItem): Uint8Array | undefined;
  /** Begins anew: the next item need not follow the last one. */
  restart(): void;
}

/** What is published: a publication of the engine's, with the bytes in the clear. */
export type ClearPublication = Omit<Publication, "channel">;

/**
 * What the engine is given and what it gives back, in the clear: of sealed channels it has ciphertext only, which is sealed
 * and opened here (HR-2).
 */
export class ChannelStore {
  readonly #broker: Broker;
  readonly #sealed: SealedHistory | undefined;

  /** @param sealed undefined where the gateway serves no sealed channels */
  constructor(broker: Broker, sealed: SealedHistory | undefined) {
    this.#broker = broker;
    this.#sealed = sealed;
  }

  /**
   * Publishes to a channel.
   *
   * @throws ClusterError as a rejection when the engine refuses it, or its outcome is not known
   */
  publish({ key, definition }: ChannelAddress, publication: ClearPublication): Promise<Published> {
    const given = { channel: key, ...publication };
    return definition.protection === "sealed" ? this.#sealedHistory.publish(given) : this.#broker.publish(given);
  }

  /**
   * Reads a channel's history.
   *
   * @throws ClusterError as a rejection when the engine does not answer
   */
  async history({ key, definition }: ChannelAddress, query: HistoryQuery): Promise<ReadPage> {
    const page = await this.#broker.history(key, query);
    if (definition.protection === "sealed") return this.#sealedHistory.open(key, page, query.reverse === true);
    return { ...page, isBroken: false };
  }

  /** A reading of what is delivered to a channel. */
  reading({ key, definition }: ChannelAddress): ItemReading {
    return definition.protection === "sealed" ? this.#sealedHistory.reading(key) : openReading;
  }

  get #sealedHistory(): SealedHistory {
    if (this.#sealed === undefined) throw new Error("this gateway serves no sealed channels, and has one all the same");
    return this.#sealed;
  }
}

const openReading: ItemReading = {
  next: (_stream, { bytes }) => bytes,
  restart: () => {},
};

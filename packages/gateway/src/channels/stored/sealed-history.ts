import type { Broker, HistoryPage, Publication, Published } from "@wardwire/cluster/broker";
import type { Primitives } from "@wardwire/crypto/primitives";
import type { HistoryKeks } from "../../server-keys/server-keys.ts";
import type { ItemReading, ReadPage } from "./channel-store.ts";
import { HistoryOpening } from "./history-opening.ts";
import { HistorySealing } from "./history-sealing.ts";

/** What the sealed history of a process is made with. */
export interface SealedHistoryOptions {
  readonly broker: Broker;
  readonly primitives: Primitives<"sync">;
  readonly keks: HistoryKeks;
  /** The stream of a channel, where this process knows it because it has members there. */
  readonly knownStream: (channel: string) => string | undefined;
  /** An item could not be opened for a reason that does not lie in it. */
  readonly failed: (error: unknown) => void;
}

/** The history of sealed channels, which the engine keeps as ciphertext (HR-1, HR-2). One for each process. */
export class SealedHistory {
  readonly #opening: HistoryOpening;
  readonly #sealing: HistorySealing;

  constructor(options: SealedHistoryOptions) {
    this.#opening = new HistoryOpening(options);
    this.#sealing = new HistorySealing({
      ...options,
      sealed: (place, item, content) => this.#opening.keep(place, item, content),
    });
  }

  /** Seals what is published and stores it; see {@link HistorySealing.publish}. */
  publish(publication: Publication): Promise<Published> {
    return this.#sealing.publish(publication);
  }

  /** The page with its items opened; see {@link HistoryOpening.open}. */
  open(channel: string, page: HistoryPage, isReverse: boolean): ReadPage {
    return this.#opening.open(channel, page, isReverse);
  }

  /** A reading of what is delivered to a channel. */
  reading(channel: string): ItemReading {
    return this.#opening.reading(channel);
  }
}

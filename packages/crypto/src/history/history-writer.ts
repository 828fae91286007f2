import { type Bytes, concatBytes, equalBytes } from "../bytes.ts";
import { CryptoError } from "../crypto-error.ts";
import type { Outcome, Timing } from "../primitives/outcome.ts";
import type { Primitives } from "../primitives/primitives.ts";
import { InOrder, type Steps, step } from "../primitives/steps.ts";
import {
  associatedDataOf,
  encodeHistoryHeader,
  type HistoryPlace,
  historyBytes,
  historyNonce,
} from "./history-item.ts";
import { type HistoryKek, HistoryKeys } from "./history-keys.ts";

/** What a writer is made from. */
export interface HistoryWriterOptions<When extends Timing> {
  readonly primitives: Primitives<When>;
  /** Keys kept at hand, one for each channel it writes to (default: 1,024). */
  readonly maxKeys?: number;
  /** Items under one writerId, after which it takes another (default and most: 2^32). */
  readonly maxItems?: number;
}

/** An item as the engine stores it, and what the next one of its stream refers to. */
export interface SealedHistoryItem {
  /** A retry stores these same bytes (HR-1.1); treat them as read-only. */
  readonly bytes: Bytes;
  readonly writerId: Bytes;
  readonly writerSeq: number;
}

/** What is to be sealed. */
export interface HistoryEntry {
  readonly kek: HistoryKek;
  readonly place: HistoryPlace;
  /** The item that this writer sealed before in this stream, if it did. */
  readonly after?: SealedHistoryItem | undefined;
  readonly content: Uint8Array;
}

/**
 * Seals the history items of one incarnation of a process, each under the next number of its own random writerId, so that
 * no two processes and no two lives of one ever seal under one key (HR-1).
 */
export class HistoryWriter<When extends Timing = Timing> {
  readonly #primitives: Primitives;
  readonly #keys: HistoryKeys;
  readonly #maxItems: number;
  readonly #order = new InOrder<When>();
  #writerId: Bytes;
  #seq = 0;

  /** @throws CryptoError `invalid-limit` */
  constructor({ primitives, maxKeys = 1_024, maxItems = highestItems }: HistoryWriterOptions<When>) {
    if (!Number.isSafeInteger(maxItems) || maxItems < 1 || maxItems > highestItems) {
      throw new CryptoError(
        "invalid-limit",
        `maxItems: expected a whole number from 1 to ${highestItems}, got ${maxItems}`,
      );
    }
    this.#primitives = primitives as Primitives;
    this.#keys = new HistoryKeys(this.#primitives, maxKeys);
    this.#maxItems = maxItems;
    this.#writerId = primitives.randomBytes(historyBytes.writerId);
  }

  /**
   * Seals an item.
   *
   * @throws CryptoError `invalid-length` for a place whose texts are too long
   */
  seal(entry: HistoryEntry): Outcome<When, SealedHistoryItem> {
    return this.#order.run(() => this.#seal(entry));
  }

  /** After an outcome that is not known, or an item that was not stored: goes on as another writer (HR-1.1). */
  renew(): Outcome<When, void> {
    return this.#order.run(() => this.#renew());
  }

  /** Lets go of all keys. */
  dispose(): void {
    this.#keys.dispose();
  }

  // biome-ignore lint/correctness/useYield: its place in the order is what makes it a step
  *#renew(): Steps<void> {
    this.#takeWriterId();
  }

  #takeWriterId(): void {
    this.#writerId = this.#primitives.randomBytes(historyBytes.writerId);
    this.#seq = 0;
  }

  *#seal({ kek, place, after, content }: HistoryEntry): Steps<SealedHistoryItem> {
    if (this.#seq >= this.#maxItems) this.#takeWriterId();
    const writerId = this.#writerId;
    // Taken before it is used: whatever fails from here on, no number comes twice.
    this.#seq += 1;
    const writerSeq = this.#seq;
    const isOwn = after !== undefined && equalBytes(after.writerId, writerId);
    const previousStored = isOwn ? after.writerSeq : 0;
    const header = encodeHistoryHeader({ kekId: kek.id, writerId, writerSeq, previousStored });
    const key = yield* this.#keys.key(kek, place.channel, writerId);
    const sealed = yield* step(key.seal(historyNonce(writerSeq), associatedDataOf(header, place), content));
    return { bytes: concatBytes(header, sealed), writerId, writerSeq };
  }
}

const highestItems = 2 ** 32;

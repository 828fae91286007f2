import { type Bytes, mapKeyOf } from "../bytes.ts";
import type { Outcome, Timing } from "../primitives/outcome.ts";
import type { Primitives } from "../primitives/primitives.ts";
import { InOrder, type Steps, step } from "../primitives/steps.ts";
import {
  associatedDataOf,
  type HistoryHeader,
  type HistoryPlace,
  historyBytes,
  historyNonce,
  parseHistoryHeader,
} from "./history-item.ts";
import type { HistoryKek, HistoryKeys } from "./history-keys.ts";
import type { OpenedItems } from "./opened-items.ts";

/** What a reading of a stream is made from. */
export interface HistoryReaderOptions {
  readonly primitives: Primitives;
  readonly keys: HistoryKeys;
  readonly place: HistoryPlace;
  /** The KEK of a name; undefined for one that is not known, or has been erased. */
  readonly kekOf: (id: Uint8Array) => HistoryKek | undefined;
  /** The message's id in an item's content; undefined for content that has none, which breaks the chain. */
  readonly messageIdOf: (content: Uint8Array) => string | undefined;
  /** What has been opened already, by this and other readings. */
  readonly opened?: OpenedItems;
}

/**
 * Opens the items of one stream in the order in which the engine gives them. An item that does not open, does not follow
 * the one of its writer before it, or brings a message again, breaks the chain: recovery answers `recovered: false`, and
 * this reading gives nothing any more (HR-1.2).
 */
export class HistoryReader<When extends Timing = Timing> {
  readonly #options: HistoryReaderOptions;
  readonly #order = new InOrder<When>();
  /** The writerSeq last read, by writer; who was read longest ago comes first. */
  readonly #writers = new Map<string, number>();
  readonly #messageIds = new Set<string>();
  #isBroken = false;

  constructor(options: HistoryReaderOptions & { readonly primitives: Primitives<When> }) {
    this.#options = options;
  }

  /** Whether something has not been as it must be. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** The content of the next item, for reading only; undefined once the chain is broken. */
  next(item: Uint8Array): Outcome<When, Bytes | undefined> {
    return this.#order.run(() => this.#nextOrBroken(item));
  }

  *#nextOrBroken(item: Uint8Array): Steps<Bytes | undefined> {
    try {
      return yield* this.#next(item);
    } catch (error) {
      // An item that nobody got would be missing without a trace: the next one follows it.
      this.#isBroken = true;
      throw error;
    }
  }

  *#next(item: Uint8Array): Steps<Bytes | undefined> {
    if (this.#isBroken) return undefined;
    const header = parseHistoryHeader(item);
    const follows = header !== undefined && this.#follows(header);
    const content = follows ? yield* this.#open(header, item) : undefined;
    const messageId = content && this.#options.messageIdOf(content);
    if (content === undefined || messageId === undefined || this.#messageIds.has(messageId)) {
      this.#isBroken = true;
      return undefined;
    }
    this.#messageIds.add(messageId);
    forgetOldest(this.#messageIds);
    return content;
  }

  /** The first item that is read of a writer has nothing to be compared with. */
  #follows({ writerId, writerSeq, previousStored }: HistoryHeader): boolean {
    const writer = mapKeyOf(writerId);
    const before = this.#writers.get(writer) ?? previousStored;
    this.#writers.delete(writer);
    this.#writers.set(writer, writerSeq);
    forgetOldest(this.#writers);
    return previousStored === before;
  }

  *#open(header: HistoryHeader, item: Uint8Array): Steps<Bytes | undefined> {
    const { keys, place, kekOf, opened } = this.#options;
    const known = opened?.get(place, item);
    if (known !== undefined) return known;
    const kek = kekOf(header.kekId);
    if (kek === undefined) return undefined;
    const key = yield* keys.key(kek, place.channel, header.writerId);
    const associatedData = associatedDataOf(item.subarray(0, historyBytes.header), place);
    const content = yield* step(
      key.open(historyNonce(header.writerSeq), associatedData, item.slice(historyBytes.header)),
    );
    if (content !== undefined) opened?.put(place, item, content);
    return content;
  }
}

/** Writers, and message ids, that a reading remembers: one that goes on for ever stays small. */
const maxRemembered = 4_096;

function forgetOldest(remembered: Map<string, unknown> | Set<string>): void {
  const [oldest] = remembered.keys();
  if (remembered.size > maxRemembered && oldest !== undefined) remembered.delete(oldest);
}

import type { Broker, Publication, Published } from "@wardwire/cluster/broker";
import { ClusterError } from "@wardwire/cluster/cluster-error";
import type { Bytes } from "@wardwire/crypto/bytes";
import type { HistoryPlace } from "@wardwire/crypto/history/history-item";
import { HistoryWriter, type SealedHistoryItem } from "@wardwire/crypto/history/history-writer";
import type { Primitives } from "@wardwire/crypto/primitives";
import type { HistoryKeks } from "../../server-keys/server-keys.ts";
import { placeOf } from "./history-opening.ts";
import { KekWatch } from "./kek-watch.ts";

/** Channels whose last item is remembered at most; one more, and the writer begins anew as another. */
const maxChannels = 16_384;

/** What sealing is made with. */
export interface HistorySealingOptions {
  readonly broker: Broker;
  readonly primitives: Primitives<"sync">;
  readonly keks: HistoryKeks;
  /** The stream of a channel, where this process knows it. */
  readonly knownStream: (channel: string) => string | undefined;
  /** Hears of each item before it is stored. */
  readonly sealed: (place: HistoryPlace, item: Uint8Array, content: Bytes) => void;
}

/** The item that was stored last in a stream of a channel, as far as the next one refers to it. */
interface Last {
  readonly stream: string;
  readonly item: SealedHistoryItem;
}

/**
 * Seals and stores what this process publishes to sealed channels, each item in reference to the one before (HR-1). One
 * publication of a channel at a time: what an item refers to has been stored, or the writer has become another.
 */
export class HistorySealing {
  readonly #options: HistorySealingOptions;
  readonly #writer: HistoryWriter<"sync">;
  readonly #watch: KekWatch;
  readonly #lasts = new Map<string, Last>();
  /** The publication under way, or the last of those that wait, by channel. Never rejected. */
  readonly #queues = new Map<string, Promise<void>>();

  constructor(options: HistorySealingOptions) {
    this.#options = options;
    this.#writer = new HistoryWriter({ primitives: options.primitives });
    this.#watch = new KekWatch(options.keks, () => this.#writer.dispose());
  }

  /**
   * Publishes. The item is bound to the stream it is sealed for, and so is the engine's name of an idempotency key: where the
   * history has begun anew meanwhile, the engine has an item of no use under a key of no use, and the message is published
   * once more, for the new stream. Whoever tries again later is told the place of that one.
   *
   * @throws ClusterError as a rejection when the engine refuses it, or its outcome is not known
   */
  publish(publication: Publication): Promise<Published> {
    const { channel } = publication;
    const before = this.#queues.get(channel);
    const published = before === undefined ? this.#publish(publication) : before.then(() => this.#publish(publication));
    const ended: Promise<void> = published
      .then(nothing, nothing)
      .then(() => void (this.#queues.get(channel) === ended && this.#queues.delete(channel)));
    this.#queues.set(channel, ended);
    return published;
  }

  async #publish(publication: Publication): Promise<Published> {
    const { broker, knownStream } = this.#options;
    const stream = knownStream(publication.channel) ?? (await broker.position(publication.channel)).stream;
    const first = await this.#store(publication, stream);
    if (isStored(first, stream)) return first;
    const second = await this.#store(publication, first.position.stream);
    if (isStored(second, first.position.stream)) return second;
    throw new ClusterError("unavailable", "the history has begun anew twice while a message was being published");
  }

  async #store(publication: Publication, stream: string): Promise<Published> {
    const { broker, sealed } = this.#options;
    const { channel, bytes, idempotencyKey } = publication;
    const place = placeOf(channel, stream);
    const last = this.#lasts.get(channel);
    const after = last?.stream === stream ? last.item : undefined;
    const content = bytes as Bytes;
    const item = this.#writer.seal({ kek: this.#watch.look(), place, after, content });
    sealed(place, item.bytes, content);
    const key = idempotencyKey && `${stream} ${idempotencyKey}`;
    try {
      const published = await broker.publish({
        ...publication,
        bytes: item.bytes,
        ...(key && { idempotencyKey: key }),
      });
      if (published.duplicate || published.position.stream !== stream) this.#renew();
      else this.#remember(channel, { stream, item: { ...item, bytes: noBytes } });
      return published;
    } catch (error) {
      this.#renew();
      throw error;
    }
  }

  #remember(channel: string, last: Last): void {
    if (this.#lasts.size >= maxChannels && !this.#lasts.has(channel)) this.#renew();
    this.#lasts.set(channel, last);
  }

  /** An item was not stored, or nobody knows: what comes refers to nothing before it (HR-1.1). */
  #renew(): void {
    this.#writer.renew();
    this.#lasts.clear();
  }
}

/** The last item is told by its number: its bytes are not kept. */
const noBytes: Bytes = new Uint8Array(0);

const nothing = (): void => {};

function isStored({ duplicate, position }: Published, stream: string): boolean {
  return duplicate || position.stream === stream;
}

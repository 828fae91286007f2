import { checkHistoryQuery, checkName, checkPublication } from "../arguments.ts";
import type {
  Broker,
  HistoryPage,
  HistoryQuery,
  Listener,
  Publication,
  Published,
  StreamItem,
  StreamPosition,
  Unsubscribe,
} from "../broker.ts";
import { ClusterError } from "../cluster-error.ts";
import type { ChannelStreams } from "./channel-streams.ts";
import type { IdempotencyKeys } from "./idempotency-keys.ts";

/** The broker of a single process. Everything happens synchronously within each call. */
export class MemoryBroker implements Broker {
  readonly #streams: ChannelStreams;
  readonly #keys: IdempotencyKeys;
  readonly #now: () => number;
  #closed = false;

  /** `now` is in milliseconds and never goes back. */
  constructor(streams: ChannelStreams, keys: IdempotencyKeys, now: () => number) {
    this.#streams = streams;
    this.#keys = keys;
    this.#now = now;
  }

  async publish(publication: Publication): Promise<Published> {
    checkPublication(publication);
    const nowMs = this.#begin();
    const { channel, bytes, history, idempotencyKey: key } = publication;
    const first = key === undefined ? undefined : this.#keys.find(channel, key, nowMs);
    if (first !== undefined) return { position: first, duplicate: true };

    const stream = this.#streams.use(channel, nowMs);
    const item = stream.window.append(bytes, history, nowMs);
    const { position } = stream;
    if (key !== undefined) this.#keys.remember(channel, key, position, nowMs);
    this.#streams.makeRoom(stream);
    stream.delivery.deliver(item);
    return { position, duplicate: false };
  }

  async subscribe(
    channel: string,
    listener: Listener,
  ): Promise<{ readonly position: StreamPosition; readonly unsubscribe: Unsubscribe }> {
    checkName("channel", channel);
    const nowMs = this.#begin();
    const stream = this.#streams.use(channel, nowMs);
    const { position } = stream;
    const hear = (item: StreamItem): void => listener(item, stream.id);
    const subscriber = { after: position.offset, listener: hear };
    stream.delivery.add(subscriber);
    this.#streams.subscribersChanged(channel, stream, nowMs);
    let subscribed = true;
    const unsubscribe = (): void => {
      if (!subscribed) return;
      subscribed = false;
      stream.delivery.remove(subscriber);
      this.#streams.subscribersChanged(channel, stream, this.#now());
    };
    return { position, unsubscribe };
  }

  async history(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    checkHistoryQuery(channel, query);
    const nowMs = this.#begin();
    return this.#streams.use(channel, nowMs).page(query, nowMs);
  }

  async position(channel: string): Promise<StreamPosition> {
    checkName("channel", channel);
    const nowMs = this.#begin();
    return this.#streams.use(channel, nowMs).position;
  }

  /** Ends all subscriptions and forgets everything; idempotent. */
  close(): void {
    this.#closed = true;
    this.#streams.clear();
    this.#keys.clear();
  }

  /** What every operation begins with: does its share of sweeping and tells the time. */
  #begin(): number {
    if (this.#closed) throw new ClusterError("closed", "the broker has been closed; make a new cluster to go on");
    const nowMs = this.#now();
    this.#streams.sweep(nowMs);
    this.#keys.sweep(nowMs);
    return nowMs;
  }
}

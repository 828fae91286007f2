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
import { Delivery } from "../delivery.ts";
import type { StoreThread } from "./store-thread.ts";

/** What a {@link SqliteBroker} works with. */
export interface SqliteBrokerOptions {
  readonly thread: StoreThread;
  readonly newStreamId: () => string;
  /** Hears what a listener threw. */
  readonly onListenerError: (error: unknown) => void;
}

/** The broker on a store: what is published is delivered once it is committed, in the order of the commits. */
export class SqliteBroker implements Broker {
  readonly #options: SqliteBrokerOptions;
  /** Of channels with subscribers. */
  readonly #deliveries = new Map<string, Delivery>();
  #closed = false;

  constructor(options: SqliteBrokerOptions) {
    this.#options = options;
  }

  async publish(publication: Publication): Promise<Published> {
    checkPublication(publication);
    const { thread, newStreamId } = this.#options;
    const { channel, bytes, history, idempotencyKey } = publication;
    const published = await thread.ask({
      type: "publish",
      channel,
      // What is posted to a thread is copied with all of its buffer, and a view's buffer may be large.
      bytes: Uint8Array.from(bytes),
      history: { messages: history.messages, bytes: history.bytes, ttlMs: history.ttlMs },
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      newStream: newStreamId(),
    });
    if (!published.duplicate) this.#deliveries.get(channel)?.deliver({ offset: published.position.offset, bytes });
    return published;
  }

  async subscribe(
    channel: string,
    listener: Listener,
  ): Promise<{ readonly position: StreamPosition; readonly unsubscribe: Unsubscribe }> {
    checkName("channel", channel);
    const { thread, newStreamId } = this.#options;
    const position = await thread.ask({ type: "watch", channel, newStream: newStreamId() });
    if (this.#closed) return { position, unsubscribe: () => undefined };
    const hear = (item: StreamItem): void => listener(item, position.stream);
    const subscriber = { after: position.offset, listener: hear };
    const delivery = this.#deliveries.get(channel) ?? new Delivery(this.#options.onListenerError);
    this.#deliveries.set(channel, delivery);
    delivery.add(subscriber);
    let subscribed = true;
    const unsubscribe = (): void => {
      if (!subscribed) return;
      subscribed = false;
      delivery.remove(subscriber);
      if (!delivery.watched && this.#deliveries.get(channel) === delivery) this.#deliveries.delete(channel);
      // Where the engine has ended, so has the watch.
      thread.ask({ type: "unwatch", channel }).catch(() => undefined);
    };
    return { position, unsubscribe };
  }

  async history(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    checkHistoryQuery(channel, query);
    const { thread, newStreamId } = this.#options;
    return thread.ask({ type: "history", channel, query, newStream: newStreamId() });
  }

  async position(channel: string): Promise<StreamPosition> {
    checkName("channel", channel);
    const { thread, newStreamId } = this.#options;
    return thread.ask({ type: "position", channel, newStream: newStreamId() });
  }

  /** Ends all subscriptions; idempotent. */
  close(): void {
    this.#closed = true;
    for (const delivery of this.#deliveries.values()) delivery.stop();
    this.#deliveries.clear();
  }
}

import type { Position, Present, Sender } from "@wardwire/wire/frames";
import type { ClientError } from "../client-error.ts";
import type { TypedEvents } from "../typed-events.ts";

/** A message of a channel. */
export interface Message<Data> {
  /** Who sent it, as the gateway saw it; absent when the application did. */
  readonly sender: Sender | undefined;
  /** When the gateway took it, in ms since 1970. */
  readonly at: number;
  readonly offset: number;
  readonly id: string;
  readonly data: Data;
  /** Whether messages before this one were lost and could not be recovered. */
  readonly afterGap: boolean;
}

/** A page of a channel's history, and the newest position of the channel. */
export interface HistoryPage<Data> {
  readonly messages: readonly Message<Data>[];
  readonly position: Position;
}

/** What became of a publish. */
export interface Published {
  readonly offset: number;
  /**
   * Whether a message with this key had been published before, perhaps by an attempt of this call whose acknowledgement
   * was lost; `offset` is then that one's.
   */
  readonly duplicate: boolean;
}

/** How to publish. */
export interface PublishOptions extends RequestOptions {
  /**
   * The message's name, which makes publishing it again harmless: 1 to 64 visible ASCII characters, remembered by the
   * gateway for at least 5 minutes. 128 random bits when left out.
   */
  readonly key?: string;
  /** How long to try, less than those 5 minutes; `limits.requestTimeoutMs` when left out. */
  readonly timeoutMs?: number;
}

/** The events of a channel, with their `detail`. */
export interface ChannelEvents {
  /** Who came and who went; {@link JoinedChannel.present} has changed already. */
  presence: { readonly joined: readonly Present[]; readonly left: readonly Present[] };
  /** Messages after `since`, up to `position`, were lost and could not be recovered: load the state anew. */
  gap: { readonly since: Position; readonly position: Position };
  /** A message arrived that does not fit the contract, and was skipped. */
  error: ClientError;
  /** The channel is over; why, unless `leave` was called or the client closed. */
  left: ClientError | undefined;
}

/** Options of a request. */
export interface RequestOptions {
  /** Stops waiting; the promise rejects with the signal's reason. What was sent is not taken back. */
  readonly signal?: AbortSignal;
}

/** A channel this client has joined. It stays joined across reconnects until it is left. */
export interface JoinedChannel<Params, In, Out> extends TypedEvents<ChannelEvents> {
  readonly name: string;
  readonly params: Params;
  /** What protects its messages on the way, as of the last join: TLS alone, or records that the gateway has sealed. */
  readonly protection: "transport" | "sealed";
  /** Where the channel was at the last message that arrived. */
  readonly position: Position;
  /** Whether the last join gave everything since the position it asked for; absent when it asked for none. */
  readonly recovered: boolean | undefined;
  /**
   * Who is there, as far as the gateway tells; empty in a channel without presence. Where more have been there than a
   * list holds (1,000), it is what {@link JoinedChannel.presence} gave last.
   */
  readonly present: readonly Present[];
  /** How many are there, those included whom {@link JoinedChannel.present} has no room for. */
  readonly presentCount: number;
  /**
   * Messages from the join on, in order, once each; the first one after a gap says so (`afterGap`). One reader at a
   * time; unread ones are kept up to `limits.maxQueuedMessages`, then the reader gets one `overflow` error and may read
   * on. Ends when the channel is left or the client closed, and throws when the gateway ended it.
   */
  readonly messages: AsyncIterable<Message<Out>>;
  /**
   * Publishes a message, once: it is sent again, over further connections too, until the gateway has acknowledged it or
   * `timeoutMs` is over. Resolves when it is in the history, where the channel has one.
   *
   * @throws ClientError `invalid-data`, `not-connected`, `too-large`, `send-buffer-full`, `too-many-pending`, `left`
   *   (nothing was published), `outcome-unknown` (it was sent; publish it again with the same `key`), or the gateway's
   *   code; the signal's reason when it is aborted, and then the outcome is unknown too
   */
  publish(data: In, options?: PublishOptions): Promise<Published>;
  /**
   * A page of history: after `since`, or with `reverse` backward from it.
   *
   * @param query `limit` is 1 to 200.
   * @throws ClientError `not-connected`, `send-buffer-full`, `too-many-pending`, `left`, `disconnected`, `timeout`, or the
   *   gateway's code
   */
  history(query: RequestOptions & HistoryQuery): Promise<HistoryPage<Out>>;
  /**
   * Asks who is there now.
   *
   * @throws ClientError as {@link JoinedChannel.history}
   */
  presence(options?: RequestOptions): Promise<readonly Present[]>;
  /** Leaves; the channel is over at once, the promise resolves when the gateway knows it too. */
  leave(options?: RequestOptions): Promise<void>;
}

/** What to read of a history. */
export interface HistoryQuery {
  /** Exclusive. */
  readonly since?: Position;
  readonly limit: number;
  readonly reverse?: boolean;
}

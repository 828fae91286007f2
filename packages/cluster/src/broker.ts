/**
 * The broker: carries opaque items from whoever publishes to every gateway process with members in the channel, and
 * keeps each channel's bounded history. `test/broker-suite.ts` states these promises as tests.
 *
 * - Items of one channel have offsets 1, 2, 3, … within a stream; every subscriber is given them in that order, once.
 *   A listener may publish, subscribe and unsubscribe: what it publishes reaches everybody after what it was given.
 * - `publish` resolves after the item is in the history and, in this process, after subscribers were called.
 * - A stream id changes only when history before it is gone; positions of another stream cannot be recovered. It does
 *   not change while the channel has subscribers or history, nor within five minutes of its last use, unless the
 *   engine lost its store or reached a bound of its own. A listener is given the stream with each item and so sees it.
 * - Channel keys and items are opaque: the engine is untrusted storage and needs to understand neither.
 */

/** A place in a channel's history: after the `offset`-th item of `stream`; offset 0 is before the first. */
export interface StreamPosition {
  readonly stream: string;
  readonly offset: number;
}

/** One published item. `bytes` must not be changed by anyone. */
export interface StreamItem {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * How much history a channel keeps; the first bound reached wins. The bounds of the newest publication hold for the
 * whole channel, its older items too.
 */
export interface HistoryBounds {
  /** The newest so many items; 0 keeps none, and 1 the latest value. */
  readonly messages: number;
  /** The newest items that have at most so many bytes together; an item with more of its own is not kept. */
  readonly bytes: number;
  /** Items younger than this; 0 keeps none. */
  readonly ttlMs: number;
}

/** What to publish. */
export interface Publication {
  /** Not empty, and without lone surrogates. */
  readonly channel: string;
  /** Kept and handed to subscribers as it is, not copied: nobody may change it afterwards. */
  readonly bytes: Uint8Array;
  readonly history: HistoryBounds;
  /**
   * A name as the channel's. For at least five minutes a retry with the same key on the same channel publishes nothing and is
   * answered with the first one's position; an engine may forget keys sooner only at a bound it documents.
   */
  readonly idempotencyKey?: string;
}

/** What became of a publication. */
export interface Published {
  /** The place right after the item, or after the first one's when this was a duplicate. */
  readonly position: StreamPosition;
  readonly duplicate: boolean;
}

/** What to read of a channel's history. */
export interface HistoryQuery {
  /** Exclusive; without it from the beginning, or from the end when `reverse`. */
  readonly since?: StreamPosition;
  /** 1 or more. */
  readonly limit: number;
  /** Newest first, going back from `since` or from the end. */
  readonly reverse?: boolean;
}

/** A page of history. */
export interface HistoryPage {
  /** Empty when `since` is no position of this stream; after a gap, what is left on its far side. */
  readonly items: readonly StreamItem[];
  /** The newest position of the channel, whatever the page holds. */
  readonly position: StreamPosition;
  /**
   * Whether the page continues from `since` without a gap: false when `since` is of another stream, lies in the future
   * or is no position at all, or when items right after it (right before it, if `reverse`) have been dropped. True
   * without `since`.
   */
  readonly complete: boolean;
}

/** Is given one item and the stream its offset counts in. */
export type Listener = (item: StreamItem, stream: string) => void;

/** Ends a subscription at once, during a delivery too; idempotent. */
export type Unsubscribe = () => void;

/**
 * See the head of this file.
 *
 * All methods reject with a `ClusterError`: `invalid-argument` for what no engine takes, `closed` after the cluster was
 * closed, else the code that says why the engine cannot do it now.
 */
export interface Broker {
  publish(publication: Publication): Promise<Published>;
  /**
   * Calls `listener` for every item published from now on, in order, once, from whichever process. The position is the
   * one the subscription starts after; items may come before the promise has resolved. One subscription per channel
   * and process is all a gateway needs. The listener must not throw; when it does, neither the publisher nor other
   * subscribers notice.
   */
  subscribe(
    channel: string,
    listener: Listener,
  ): Promise<{ readonly position: StreamPosition; readonly unsubscribe: Unsubscribe }>;
  /** Reads history; an unknown channel is an empty one. */
  history(channel: string, query: HistoryQuery): Promise<HistoryPage>;
  /** The newest position, for whoever compares it with what it was given. Cheap, and a use of the channel. */
  position(channel: string): Promise<StreamPosition>;
}

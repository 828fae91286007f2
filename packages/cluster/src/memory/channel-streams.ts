import { Delivery } from "../delivery.ts";
import { type AgedEntry, AgedMap } from "./aged-map.ts";
import { ChannelStream } from "./channel-stream.ts";
import { HistoryWindow, type KeptHistory } from "./history-window.ts";

/** How long the stream of an idle channel goes on after its last use when it has no history; the broker's promise. */
const emptyStreamTtlMs = 300_000;

/** Channels looked at with each sweep: more than one operation can begin, and few, so that none waits. */
const channelsPerSweep = 2;

/** What a {@link ChannelStreams} is made with. */
export interface ChannelStreamsOptions {
  readonly maxIdleChannels: number;
  readonly maxHistoryBytes: number;
  readonly newStreamId: () => string;
  readonly onListenerError: (error: unknown) => void;
}

/**
 * The streams of all channels, in bounded memory and without timers: every operation also looks at a few channels in
 * turn. A channel is watched while it has subscribers, else idle; only idle ones are forgotten.
 */
export class ChannelStreams {
  readonly #options: ChannelStreamsOptions;
  readonly #kept: KeptHistory = { bytes: 0 };
  readonly #watched = new Map<string, ChannelStream>();
  /** Aged by use. */
  readonly #idle = new AgedMap<IdleStream>();
  readonly #watchedRound = new Round(this.#watched);
  readonly #idleRound = new Round(this.#idle);

  constructor(options: ChannelStreamsOptions) {
    this.#options = options;
  }

  /** The channel's stream, begun if there is none. Counts as a use of the channel. */
  use(channel: string, nowMs: number): ChannelStream {
    const watched = this.#watched.get(channel);
    if (watched !== undefined) return watched;
    const stream = this.#idle.get(channel)?.stream ?? this.#begin();
    this.#setIdle(channel, stream, nowMs);
    return stream;
  }

  /** Notes that a stream may have got its first subscriber, or lost its last. */
  subscribersChanged(channel: string, stream: ChannelStream, nowMs: number): void {
    if (stream.delivery.watched) {
      this.#idle.delete(channel);
      this.#watched.set(channel, stream);
    } else {
      this.#watched.delete(channel);
      this.#setIdle(channel, stream, nowMs);
    }
  }

  /**
   * Keeps all history within `maxHistoryBytes`: idle channels go first, the least recently used before others, then
   * the oldest items of `growing`, to which something has just been added.
   */
  makeRoom(growing: ChannelStream): void {
    while (this.#kept.bytes > this.#options.maxHistoryBytes) {
      const { oldest } = this.#idle;
      if (oldest !== undefined && oldest.value.stream !== growing) this.#forget(oldest);
      else if (!growing.window.dropOldest()) return;
    }
  }

  /** Looks at the next few channels: drops items that are too old, and idle channels with nothing left to keep. */
  sweep(nowMs: number): void {
    for (let count = 0; count < channelsPerSweep; count += 1) {
      this.#watchedRound.next()?.window.expire(nowMs);
      const idle = this.#idleRound.next();
      if (idle === undefined) continue;
      const { stream, usedMs } = idle.value;
      stream.window.expire(nowMs);
      const isEmpty = stream.window.oldest > stream.window.newest;
      if (isEmpty && nowMs - usedMs >= emptyStreamTtlMs) this.#forget(idle);
    }
  }

  /** Ends all subscriptions and forgets everything. */
  clear(): void {
    for (const stream of this.#watched.values()) stream.delivery.stop();
    this.#watched.clear();
    this.#idle.clear();
  }

  #begin(): ChannelStream {
    const { newStreamId, onListenerError } = this.#options;
    return new ChannelStream(newStreamId(), new HistoryWindow(this.#kept), new Delivery(onListenerError));
  }

  #setIdle(channel: string, stream: ChannelStream, nowMs: number): void {
    this.#idle.set(channel, { stream, usedMs: nowMs });
    const { size, oldest } = this.#idle;
    if (size > this.#options.maxIdleChannels && oldest !== undefined) this.#forget(oldest);
  }

  #forget({ key: channel, value: { stream } }: AgedEntry<IdleStream>): void {
    stream.window.clear();
    this.#idle.delete(channel);
  }
}

interface IdleStream {
  readonly stream: ChannelStream;
  readonly usedMs: number;
}

/** Walks round the values of a map, one a call; entries may come and go meanwhile. */
class Round<Value> {
  readonly #map: { values(): Iterator<Value> };
  #walk: Iterator<Value>;

  constructor(map: { values(): Iterator<Value> }) {
    this.#map = map;
    this.#walk = map.values();
  }

  /** The next value; undefined between two rounds. */
  next(): Value | undefined {
    const step = this.#walk.next();
    if (step.done !== true) return step.value;
    this.#walk = this.#map.values();
    return undefined;
  }
}

import type { Broker, StreamPosition } from "@wardwire/cluster/broker";
import type { Clock, Timer } from "../clock.ts";
import type { Channel } from "./channel.ts";
import { repair } from "./repair.ts";

/** Channels are looked at every so often, give or take a half, so that gateways do not ask the engine all at once. */
const pauseMs = 5_000;

/** So many a time, in turn: what the engine is asked is bounded however many channels there are. */
const channelsAtOnce = 128;

/** What a watch is made with. */
export interface PositionWatchOptions {
  readonly broker: Broker;
  readonly clock: Clock;
  /** Gives a number from 0 up to but not including 1. */
  readonly random: () => number;
  readonly failed: (error: unknown) => void;
}

/**
 * Compares the channels' positions with the engine's now and then, so that what is lost between the engine and this
 * process is found without a later message (WP-RECOVER-3). A message on its way is no loss: what differs is looked at
 * once more, a pause later, and only a channel that has not come so far by then is repaired.
 */
export class PositionWatch {
  readonly #options: PositionWatchOptions;
  readonly #channels = new Set<Channel>();
  /** Channels that differed from the engine when they were last looked at. */
  readonly #suspects = new Map<Channel, Difference>();
  #timer: Timer | undefined;

  constructor(options: PositionWatchOptions) {
    this.#options = options;
  }

  /** Begins to watch a channel. */
  add(channel: Channel): void {
    this.#channels.add(channel);
    if (this.#channels.size === 1) this.#wait();
  }

  /** Forgets a channel. */
  remove(channel: Channel): void {
    this.#channels.delete(channel);
    this.#suspects.delete(channel);
    if (this.#channels.size === 0) this.#timer?.cancel();
  }

  #wait(): void {
    const { clock, random } = this.#options;
    this.#timer = clock.after(pauseMs * (0.5 + random()), () => {
      this.#wait();
      // One report is enough of an engine that does not answer.
      Promise.all(this.#next().map((channel) => this.#look(channel))).catch(this.#options.failed);
    });
  }

  /** Those that differed, then those looked at longest ago. */
  #next(): readonly Channel[] {
    const next = new Set(this.#suspects.keys());
    for (const channel of this.#channels) {
      if (next.size >= channelsAtOnce) break;
      next.add(channel);
    }
    for (const channel of next) {
      this.#channels.delete(channel);
      this.#channels.add(channel);
    }
    return [...next];
  }

  async #look(channel: Channel): Promise<void> {
    const { broker } = this.#options;
    const suspected = this.#suspects.get(channel);
    this.#suspects.delete(channel);
    const engine = await broker.position(channel.address.key);
    const own = channel.position;
    if (!this.#channels.has(channel) || (isUpTo(own, engine) && isUpTo(engine, own))) return;
    const isLost = suspected !== undefined && !(isUpTo(own, suspected.engine) && isUpTo(engine, suspected.own));
    if (!isLost) this.#suspects.set(channel, { engine, own });
    else if (channel.hold()) await repair(broker, channel);
  }
}

/** Where the engine and this process were at the same time. */
interface Difference {
  readonly engine: StreamPosition;
  readonly own: StreamPosition;
}

/** Whether a position has come as far as another. */
function isUpTo({ stream, offset }: StreamPosition, other: StreamPosition): boolean {
  return stream === other.stream && offset >= other.offset;
}

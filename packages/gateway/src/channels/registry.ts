import type { Broker } from "@wardwire/cluster/broker";
import { Channel, type ChannelAddress, type ChannelHost } from "./channel.ts";
import { PositionWatch } from "./position-watch.ts";
import { repair } from "./repair.ts";

interface Entry {
  readonly channel: Promise<Channel>;
  end: (() => void) | undefined;
  holders: number;
}

/** What a registry is made with. */
export interface ChannelRegistryOptions extends Omit<ChannelHost, "onHole"> {
  readonly broker: Broker;
  /** Gives a number from 0 up to but not including 1. */
  readonly random: () => number;
}

/** The channels this process has members in, each subscribed to the broker once. */
export class ChannelRegistry {
  readonly #broker: Broker;
  readonly #host: ChannelHost;
  readonly #watch: PositionWatch;
  readonly #entries = new Map<string, Entry>();
  #lastNumber = 0;

  constructor(options: ChannelRegistryOptions) {
    const { broker, failed } = options;
    this.#broker = broker;
    this.#host = { ...options, onHole: (channel) => void repair(broker, channel).catch(failed) };
    this.#watch = new PositionWatch(options);
  }

  /** Number of channels held. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * The channel at an address, subscribed. Whoever gets it holds it until `release`.
   *
   * @throws ClusterError when the broker refuses the subscription; nothing is held then.
   */
  async hold(address: ChannelAddress): Promise<Channel> {
    const entry = this.#entries.get(address.key) ?? this.#begin(address);
    entry.holders += 1;
    try {
      return await entry.channel;
    } catch (error) {
      this.#drop(address.key, entry);
      throw error;
    }
  }

  /** Gives a channel back; the last one to do so ends the subscription. */
  release(channel: Channel): void {
    const entry = this.#entries.get(channel.address.key);
    if (entry !== undefined) this.#drop(channel.address.key, entry);
  }

  #begin(address: ChannelAddress): Entry {
    const entry: Entry = { channel: this.#subscribe(address, () => entry), end: undefined, holders: 0 };
    this.#entries.set(address.key, entry);
    return entry;
  }

  async #subscribe(address: ChannelAddress, entry: () => Entry): Promise<Channel> {
    const early: Parameters<Channel["deliver"]>[] = [];
    let channel: Channel | undefined;
    const subscription = await this.#broker.subscribe(address.key, (item, stream) => {
      if (channel === undefined) early.push([stream, item]);
      else channel.deliver(stream, item);
    });
    this.#lastNumber += 1;
    const held = new Channel(this.#lastNumber, address, subscription.position, this.#host);
    channel = held;
    entry().end = () => {
      subscription.unsubscribe();
      this.#watch.remove(held);
      held.close();
    };
    this.#watch.add(held);
    for (const [stream, item] of early) held.deliver(stream, item);
    return held;
  }

  #drop(key: string, entry: Entry): void {
    entry.holders -= 1;
    if (entry.holders > 0) return;
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
    entry.end?.();
  }
}

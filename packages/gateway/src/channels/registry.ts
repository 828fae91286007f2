import type { Broker, Unsubscribe } from "@wardwire/cluster/broker";
import { Channel, type ChannelAddress } from "./channel.ts";

interface Entry {
  readonly channel: Promise<Channel>;
  unsubscribe: Unsubscribe | undefined;
  holders: number;
}

/** The channels this process has members in, each subscribed to the broker once. */
export class ChannelRegistry {
  readonly #broker: Broker;
  readonly #entries = new Map<string, Entry>();
  #lastNumber = 0;

  constructor(broker: Broker) {
    this.#broker = broker;
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
    const entry: Entry = { channel: this.#subscribe(address, () => entry), unsubscribe: undefined, holders: 0 };
    this.#entries.set(address.key, entry);
    return entry;
  }

  async #subscribe(address: ChannelAddress, entry: () => Entry): Promise<Channel> {
    const early: Parameters<Channel["deliver"]>[1][] = [];
    let channel: Channel | undefined;
    const subscription = await this.#broker.subscribe(address.key, (item) => {
      if (channel === undefined) early.push(item);
      else channel.deliver(subscription.position.stream, item);
    });
    entry().unsubscribe = subscription.unsubscribe;
    this.#lastNumber += 1;
    channel = new Channel(this.#lastNumber, address, subscription.position);
    for (const item of early) channel.deliver(subscription.position.stream, item);
    return channel;
  }

  #drop(key: string, entry: Entry): void {
    entry.holders -= 1;
    if (entry.holders > 0) return;
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
    entry.unsubscribe?.();
  }
}

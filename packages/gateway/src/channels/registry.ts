import type { Broker } from "@wardwire/cluster/broker";
import type { Sealing } from "../sealed/sealing.ts";
import { Channel, type ChannelAddress, type ChannelHost } from "./channel.ts";
import { PositionWatch } from "./position-watch.ts";
import { repair } from "./repair.ts";
import { SealedChannelFigures } from "./sealed/figures.ts";
import type { ChannelSealing } from "./sealed/sealed-fanout.ts";
import { SealingGate } from "./sealed/sealing-gate.ts";
import { ChannelStore } from "./stored/channel-store.ts";
import { SealedHistory } from "./stored/sealed-history.ts";

interface Entry {
  readonly channel: Promise<Channel>;
  /** The channel, once it is subscribed. */
  held: Channel | undefined;
  end: (() => void) | undefined;
  holders: number;
}

/** What a registry is made with. */
export interface ChannelRegistryOptions extends Omit<ChannelHost, "onHole" | "sealing" | "store"> {
  readonly broker: Broker;
  /** Undefined where the gateway serves no sealed channels. */
  readonly sealing: Pick<Sealing, "primitives" | "signer" | "serverKeys"> | undefined;
  /** Reads what has been revoked, and resolves once whom it reaches is out of the channels (RK-8). */
  readonly readRevocations: () => Promise<void>;
  /** Gives a number from 0 up to but not including 1. */
  readonly random: () => number;
}

/** The channels this process has members in, each subscribed to the broker once. */
export class ChannelRegistry {
  /** Publishing, and reading what the engine keeps. */
  readonly store: ChannelStore;
  readonly figures: SealedChannelFigures = new SealedChannelFigures();
  readonly #broker: Broker;
  readonly #host: ChannelHost;
  readonly #watch: PositionWatch;
  readonly #entries = new Map<string, Entry>();
  #lastNumber = 0;

  constructor(options: ChannelRegistryOptions) {
    const { broker, failed } = options;
    this.#broker = broker;
    this.store = new ChannelStore(
      broker,
      sealedHistory(options, (key) => this.#entries.get(key)?.held?.position.stream),
    );
    this.#host = {
      ...options,
      onHole: (channel) => void repair(broker, channel).catch(failed),
      sealing: channelSealing(options, this.figures),
      store: this.store,
    };
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
    const entry: Entry = {
      channel: this.#subscribe(address, () => entry),
      held: undefined,
      end: undefined,
      holders: 0,
    };
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
    entry().held = held;
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

function channelSealing(options: ChannelRegistryOptions, figures: SealedChannelFigures): ChannelSealing | undefined {
  const { sealing, clock, turn, failed } = options;
  if (sealing === undefined) return undefined;
  const { primitives, signer } = sealing;
  return { primitives, signer, gate: new SealingGate(options), figures, turn, clock, failed };
}

function sealedHistory(
  { sealing, broker, failed }: ChannelRegistryOptions,
  knownStream: (channel: string) => string | undefined,
): SealedHistory | undefined {
  if (sealing === undefined) return undefined;
  const { primitives, serverKeys } = sealing;
  return new SealedHistory({ broker, primitives, keks: serverKeys.history, knownStream, failed });
}

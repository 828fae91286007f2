import { canonicalJson } from "@wardwire/contract/canonical-json";
import { type Client, ClientError, type Published } from "../connect.ts";
import { type ChannelSnapshot, joining, SharedChannel, type Wishes } from "./shared-channel.ts";

/** A channel's name and params as one text: equal for equal params, whatever object holds them. */
export type ChannelKey = string;

/** The key of a channel. @throws ContractError `not-json` for params that are no JSON */
export function channelKey(name: string, params: unknown): ChannelKey {
  return canonicalJson([name, params]);
}

/** The channels that components use over one client. */
export class SharedChannels {
  readonly client: Client;
  readonly #used = new Map<ChannelKey, SharedChannel>();

  constructor(client: Client) {
    this.client = client;
  }

  /** Uses a channel until the function given back is called. */
  subscribe(key: ChannelKey, wishes: Wishes, listener: () => void): () => void {
    const channel = this.#used.get(key) ?? this.#create(key);
    return channel.subscribe(listener, wishes);
  }

  snapshot(key: ChannelKey): ChannelSnapshot {
    return this.#used.get(key)?.snapshot ?? joining;
  }

  /** @throws ClientError as `JoinedChannel.publish`; `not-connected` before the join, later the reason it failed */
  async publish(key: ChannelKey, data: unknown, options?: { readonly key?: string }): Promise<Published> {
    const { channel, error } = this.snapshot(key);
    if (channel !== undefined) return await channel.publish(data, options);
    throw error ?? notJoinedYet();
  }

  #create(key: ChannelKey): SharedChannel {
    const [name, params] = JSON.parse(key);
    const channel = new SharedChannel(this.client, name, params, () => this.#used.delete(key));
    this.#used.set(key, channel);
    return channel;
  }
}

/** Why nothing can be published before the join. */
export function notJoinedYet(): ClientError {
  return new ClientError("not-connected", "the channel has not been joined yet; nothing was sent");
}

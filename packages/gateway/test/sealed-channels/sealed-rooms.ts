import { setImmediate } from "node:timers/promises";
import { type ChannelDefinition, defineContract } from "@wardwire/contract";
import type { Bytes } from "@wardwire/crypto/bytes";
import { JoinedChannels } from "@wardwire/crypto/channel-records/joined-channels";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import type { GatewayFrame } from "@wardwire/wire/frames";
import { z } from "zod";
import { channelAddress } from "../../src/channels/address.ts";
import type { ChannelAddress } from "../../src/channels/channel.ts";
import type { contract, PaperOptions } from "../gateway-on-paper.ts";
import {
  type Received,
  type SealedClient,
  type SealedGateway,
  sealedClient,
  sealedGateway,
} from "../support/sealed-client.ts";
import { framesOf } from "./paper-room.ts";

const base = {
  params: z.object({ roomId: z.string() }),
  message: z.object({ text: z.string(), numbers: z.array(z.number()).optional() }),
  protection: "sealed",
  publish: "members",
} as const;
const history = { messages: 100, ttlMs: 600_000 };
const channels = {
  room: { ...base, history, presence: true },
  quiet: { ...base, history },
  fleeting: base,
  latest: { ...base, history: { messages: "latest", ttlMs: 600_000 } },
  open: { ...base, protection: "transport", history },
} as const satisfies Record<string, ChannelDefinition>;

/** A gateway with sealed channels of every kind. */
export async function sealedRooms(
  changes: Omit<PaperOptions, "clock" | "contract" | "commands"> = {},
): Promise<SealedGateway> {
  const sealed = defineContract({ channels, commands: {} });
  const amounts = { messageBurst: 10_000, messageBurstPerDevice: 10_000, messageBurstPerUser: 10_000 };
  const options = { contract: sealed as unknown as typeof contract, commands: {} as never };
  return sealedGateway({ ...options, ...changes, limits: { ...amounts, ...changes.limits } });
}

/** The address of a channel of these. */
export function addressOf({ gateway }: SealedGateway, name: keyof typeof channels, roomId = "tea"): ChannelAddress {
  return channelAddress(gateway.core.contract, name, { roomId });
}

/** A client in sealed channels, which opens what comes as the product's client does. */
export class RoomClient {
  readonly client: SealedClient;
  readonly #channels: JoinedChannels<"sync">;
  #lastId = 1;

  static async connect(sealed: SealedGateway, token: string): Promise<RoomClient> {
    return new RoomClient(await sealedClient(sealed, token));
  }

  private constructor(client: SealedClient) {
    this.client = client;
    const verifier = nodePrimitives.ed25519.verifier(client.recordKey as Bytes);
    this.#channels = new JoinedChannels({ primitives: nodePrimitives, verifier });
  }

  /** Opens a channel record with the keys this client has at the moment. */
  opens(record: Uint8Array): boolean {
    try {
      return this.#channels.open(record)?.type === "content";
    } catch {
      return false;
    }
  }

  /** Joins, and gives what `joined` says. */
  async join(channel: keyof typeof channels, more: Record<string, unknown> = {}, roomId = "tea") {
    const joined = await this.ask({ type: "join", channel, params: { roomId }, ...more });
    if (joined.type !== "joined") throw new Error(JSON.stringify(joined));
    return joined;
  }

  /** Publishes, and gives the answer. */
  publish(channel: number, text: string, more: Record<string, unknown> = {}): Promise<GatewayFrame> {
    return this.ask({ type: "publish", channel, data: { text }, ...more });
  }

  /** Sends a request, and gives its reply; what else has come is kept for {@link drain}. */
  async ask(frame: Record<string, unknown>): Promise<GatewayFrame> {
    this.#lastId += 1;
    const id = this.#lastId;
    this.client.send({ id, ...frame });
    const isReply = (each: Received): boolean => each.type === "frame" && "id" in each.frame && each.frame.id === id;
    const reply = await this.client.socket.until(() => this.client.received.find(isReply));
    return (reply as Extract<Received, { type: "frame" }>).frame;
  }

  /** Everything that has come by the end of this turn, opened and in order. */
  async drain(): Promise<readonly (GatewayFrame | "lost")[]> {
    await settle();
    return this.client.received.splice(0).flatMap((each) => this.#take(each));
  }

  /** The texts of messages among what has come. */
  async texts(): Promise<string[]> {
    return (await this.drain()).flatMap((each) =>
      each !== "lost" && each.type === "message" ? [textOf(each.data)] : [],
    );
  }

  /** Channel records that have come and were not drained. */
  get records(): readonly Uint8Array[] {
    return this.client.received.flatMap((each) => (each.type === "channelRecord" ? [each.record] : []));
  }

  #take(received: Received): readonly (GatewayFrame | "lost")[] {
    switch (received.type) {
      case "frame":
        return [this.#hear(received.frame)];
      case "channelKey":
        return this.#channels.channelKey(received.content.slice()) === undefined ? [] : ["lost"];
      case "skip":
        return this.#channels.skip(received.content.slice()) === undefined ? [] : ["lost"];
      case "heartbeat":
        return this.#channels.heartbeat(received.content).length === 0 ? [] : ["lost"];
      case "channelRecord": {
        const opened = this.#channels.open(received.record);
        if (opened === undefined) return [];
        return opened.type === "lost" ? ["lost"] : framesOf(opened.content);
      }
      default:
        return [];
    }
  }

  #hear(frame: GatewayFrame): GatewayFrame {
    if (frame.type === "joined" && frame.protection === "sealed") this.#channels.join(frame.channel);
    if (frame.type === "left") this.#channels.leave(frame.channel);
    return frame;
  }
}

/** The text of a message of these channels. */
export function textOf(data: unknown): string {
  return (data as { readonly text: string }).text;
}

/** Lets everything that can go on by itself do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) await setImmediate();
}

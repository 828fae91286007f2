import { encodeChannelKey } from "../../src/channel-records/channel-announcements.ts";
import type { ChannelLimits } from "../../src/channel-records/channel-limits.ts";
import { ChannelSealer, type SealedForChannel } from "../../src/channel-records/channel-sealer.ts";
import { JoinedChannels, type OpenedChannelRecord } from "../../src/channel-records/joined-channels.ts";
import { nodePrimitives } from "../../src/primitives/node.ts";
import type { Primitives, Signer } from "../../src/primitives/primitives.ts";
import { secretOf, TestTime } from "../session-records/direction.ts";

/** How a channel of a test is made. */
export interface ChannelOptions {
  readonly primitives?: Primitives;
  /** Told apart by their hash, 32 equal bytes. */
  readonly channelByte?: number;
  readonly limits?: Partial<ChannelLimits>;
  /** Another process has another signing key. */
  readonly signerByte?: number;
}

/** The number under which every member of a test has the channel. */
export const channelNumber = 3;

/** The channel of one gateway process, and the clock it goes by. */
export async function makeChannel(options: ChannelOptions = {}) {
  const { primitives = nodePrimitives, channelByte = 1, limits = {}, signerByte = 5 } = options;
  const time = new TestTime();
  const signer: Signer = await primitives.ed25519.signer(secretOf(signerByte));
  const channelHash = new Uint8Array(32).fill(channelByte);
  const sealer = new ChannelSealer({ primitives, signer, channelHash, now: time.now, limits });
  return { sealer, signer, time, primitives, member: () => Member.of(signer, primitives) };
}

/** A client that has joined the channel: what the gateway's queue for it brings, in order. */
export class Member {
  readonly channels: JoinedChannels;
  #hasKey = false;

  static async of(signer: Signer, primitives: Primitives = nodePrimitives): Promise<Member> {
    const verifier = await primitives.ed25519.verifier(signer.publicKey);
    const member = new Member(new JoinedChannels({ primitives, verifier }));
    await member.channels.join(channelNumber);
    return member;
  }

  private constructor(channels: JoinedChannels) {
    this.channels = channels;
  }

  /** The keys that this member is to get, then the record. */
  async take(sealed: SealedForChannel): Promise<OpenedChannelRecord | undefined> {
    await this.takeKeys(sealed);
    return this.channels.open(sealed.record);
  }

  /** The keys that this member is to get; the number of the channel where it found records missing. */
  async takeKeys({ keys }: SealedForChannel): Promise<number | undefined> {
    if (keys === undefined || (keys.goTo === "joined" && this.#hasKey)) return undefined;
    this.#hasKey = true;
    return this.channels.channelKey(encodeChannelKey(channelNumber, keys.key));
  }
}

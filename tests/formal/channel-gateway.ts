import { encodeChannelKey, encodePositions, encodeSkip } from "@wardwire/crypto/channel-records/channel-announcements";
import type { ChannelSealer, NewKeys, SealedForChannel } from "@wardwire/crypto/channel-records/channel-sealer";
import type { JoinedChannels } from "@wardwire/crypto/channel-records/joined-channels";
import type { Primitives, Signer } from "@wardwire/crypto/primitives";
import { NonceRecorder } from "../../packages/crypto/test/nonce-recorder.ts";
import { secretOf, TestTime } from "../../packages/crypto/test/session-records/direction.ts";
import { hold } from "./explorer.ts";
import { rememberedPrimitives } from "./remembered-primitives.ts";
import type { ImportCrypto } from "./weakened.ts";

/** The two ends of a channel, as they are or with a rule taken away. */
export interface ChannelParts {
  readonly ChannelSealer: typeof ChannelSealer;
  readonly JoinedChannels: typeof JoinedChannels;
}

/** Imports both ends from one copy of the sources. */
export async function channelParts(importCrypto: ImportCrypto): Promise<ChannelParts> {
  const { ChannelSealer } = await importCrypto<ChannelParts>("channel-records/channel-sealer");
  const { JoinedChannels } = await importCrypto<ChannelParts>("channel-records/joined-channels");
  return { ChannelSealer, JoinedChannels };
}

/** What all worlds of an exploration share. */
export interface ChannelModel {
  readonly parts: ChannelParts;
  readonly primitives: Primitives<"sync">;
  /** Of the process (RK-4). */
  readonly signer: Signer<"sync">;
  /** Of a member who has all secrets but this. */
  readonly roguesSigner: Signer<"sync">;
}

/** A model of these ends; make its worlds from nothing else. */
export function channelModel(parts: ChannelParts): ChannelModel {
  const primitives = rememberedPrimitives();
  const signer = (byte: number): Signer<"sync"> => primitives.ed25519.signer(secretOf(byte));
  return { parts, primitives, signer: signer(5), roguesSigner: signer(6) };
}

/** So few that an exploration comes to their end. */
export const stepsOfAnEpoch = 2;

/** The number under which members have the channel. */
export const channelNumber = 3;

/**
 * The channel of one gateway process, whose epochs last three records or two steps; and beside it a member who has its
 * secrets and seals other content under the same keys, with a signature of its own.
 */
export class ChannelGateway {
  readonly #sealer: ChannelSealer<"sync">;
  readonly #rogue: ChannelSealer<"sync">;
  readonly #nonces: NonceRecorder;
  readonly #time = new TestTime();
  #count = 0;

  constructor({ parts, primitives, signer, roguesSigner }: ChannelModel) {
    this.#nonces = new NonceRecorder(countedBytes());
    const make = (by: Signer<"sync">, backend: Primitives<"sync">): ChannelSealer<"sync"> =>
      new parts.ChannelSealer({
        primitives: { ...backend, hkdfExpand: primitives.hkdfExpand },
        signer: by,
        channelHash: new Uint8Array(32).fill(1),
        now: this.#time.now,
        limits: { freshAfterRecords: 3, freshAfterSteps: stepsOfAnEpoch },
      });
    this.#sealer = make(signer, this.#nonces.primitives);
    this.#rogue = make(roguesSigner, { ...primitives, randomBytes: countedBytes() });
  }

  get nowMs(): number {
    return this.#time.nowMs;
  }

  /** Lets time pass. */
  wait(ms: number): void {
    this.#time.nowMs += ms;
  }

  memberJoined(): void {
    for (const sealer of [this.#sealer, this.#rogue]) sealer.memberJoined();
  }

  memberLeft(): void {
    for (const sealer of [this.#sealer, this.#rogue]) sealer.memberLeft(2);
  }

  memberExpelled(): void {
    for (const sealer of [this.#sealer, this.#rogue]) sealer.memberExpelled();
  }

  /** The next record, whose content is its number, and what the rogue seals in its place. */
  seal(): SealedForChannel & { readonly forged: Uint8Array } {
    const forged = this.#rogue.seal(Uint8Array.of(forgedContent)).record;
    const sealed = this.#sealer.seal(Uint8Array.of(this.#count));
    this.#count += 1;
    hold(this.#nonces.repeated.length === 0, "a nonce was used twice under one key");
    return { ...sealed, forged };
  }

  /** CHANNEL_KEY for a member. */
  keyMessage({ key }: NewKeys): Uint8Array {
    return encodeChannelKey(channelNumber, key);
  }

  /** SKIP for the record that was sealed last. */
  skipMessage(): Uint8Array {
    const last = (this.#sealer.position?.nextSeq ?? 0) - 1;
    const skip = this.#sealer.skip(last, last);
    hold(skip !== undefined, "the record sealed last cannot be announced as left out");
    return encodeSkip(channelNumber, skip);
  }

  /** HEARTBEAT as it is now. */
  heartbeatMessage(): Uint8Array {
    const { position } = this.#sealer;
    return encodePositions(new Map(position && [[channelNumber, position]]));
  }
}

const forgedContent = 0xff;

/** Different bytes each time, and the same ones in each world. */
function countedBytes(): (length: number) => Uint8Array<ArrayBuffer> {
  let drawn = 0;
  return (length) => {
    drawn += 1;
    return new Uint8Array(length).fill(drawn);
  };
}

import { type Bytes, mapKeyOf } from "../bytes.ts";
import { CryptoError } from "../crypto-error.ts";
import type { Outcome, Timing } from "../primitives/outcome.ts";
import type { Primitives, Verifier } from "../primitives/primitives.ts";
import { InOrder, type Steps } from "../primitives/steps.ts";
import type { SecretBytes } from "../secret-bytes.ts";
import { type ChannelKey, parseChannelKey, parsePositions, parseSkip } from "./channel-announcements.ts";
import { channelFailed } from "./channel-error.ts";
import { parseChannelHeader } from "./channel-header.ts";
import { ChannelOpener } from "./channel-opener.ts";

/** What a member's channels are made from. */
export interface JoinedChannelsOptions<When extends Timing> {
  readonly primitives: Primitives<When>;
  /** Of the process's record-signing key, which came in AUTH_OK (RK-4). */
  readonly verifier: Verifier<When>;
}

/** What a channel record brought: its frames, or the news that records before it are missing. */
export type OpenedChannelRecord =
  | { readonly type: "content"; readonly channel: number; readonly content: Bytes }
  | { readonly type: "lost"; readonly channel: number };

/**
 * The sealed channels that a client has joined in one session, by their numbers: keys, skips and positions that came in
 * session records, and the channel records that need them. All of it in the order in which it came.
 *
 * A channel that has lost records brings nothing any more until it is joined anew; that it has is told once. Whatever is
 * wrong ends all of them with one error, `channel` (RK-3.2).
 */
export class JoinedChannels<When extends Timing = Timing> {
  readonly #primitives: Primitives;
  readonly #verifier: Verifier;
  readonly #order = new InOrder<When>();
  readonly #channels = new Map<number, ChannelOpener>();
  /** Numbers by epochId. */
  readonly #epochs = new Map<string, number>();
  #ended = false;

  constructor({ primitives, verifier }: JoinedChannelsOptions<When>) {
    this.#primitives = primitives as Primitives;
    this.#verifier = verifier as Verifier;
  }

  /** The gateway has confirmed a join under this number; its key comes before its first record. */
  join(channel: number): Outcome<When, void> {
    return this.#run(() => this.#join(channel));
  }

  /** The gateway has confirmed that the channel was left; no record of it comes any more. */
  leave(channel: number): Outcome<When, void> {
    return this.#run(() => this.#leave(channel));
  }

  /**
   * Takes over the key of CHANNEL_KEY, and erases it in `content`.
   *
   * @returns the channel's number where records of the epoch before were withheld (RK-5.3), else undefined
   * @throws CryptoError `channel`
   */
  channelKey(content: Uint8Array): Outcome<When, number | undefined> {
    return this.#run(() => this.#channelKey(content));
  }

  /**
   * Goes past the records that SKIP says were left out, and erases its secret in `content`.
   *
   * @returns the channel's number where more is missing than it says, else undefined
   * @throws CryptoError `channel`
   */
  skip(content: Uint8Array): Outcome<When, number | undefined> {
    return this.#run(() => this.#skip(content));
  }

  /**
   * Compares with the positions of a HEARTBEAT (RK-5.1).
   *
   * @returns the numbers of channels that have lost records
   * @throws CryptoError `channel`
   */
  heartbeat(content: Uint8Array): Outcome<When, readonly number[]> {
    return this.#run(() => this.#heartbeat(content));
  }

  /**
   * Opens a channel record.
   *
   * @returns undefined for a record of a channel that has lost some
   * @throws CryptoError `channel` for whatever is wrong, and ever after
   */
  open(record: Uint8Array): Outcome<When, OpenedChannelRecord | undefined> {
    return this.#run(() => this.#open(record));
  }

  /** Lets go of all keys. */
  dispose(): void {
    this.#ended = true;
    for (const opener of this.#channels.values()) opener.dispose();
    this.#channels.clear();
    this.#epochs.clear();
  }

  #run<Result>(work: () => Steps<Result>): Outcome<When, Result> {
    return this.#order.run(() => this.#orEnd(work()));
  }

  *#orEnd<Result>(work: Steps<Result>): Steps<Result> {
    if (this.#ended) throw channelFailed();
    try {
      return yield* work;
    } catch (error) {
      this.dispose();
      // A secret that went while keys were derived from it: that is the end too, and no news of its own.
      throw error instanceof CryptoError ? channelFailed() : error;
    }
  }

  // biome-ignore lint/correctness/useYield: its place in the order is what makes it a step
  *#join(channel: number): Steps<void> {
    if (this.#channels.has(channel)) throw channelFailed();
    this.#channels.set(channel, new ChannelOpener(this.#primitives, this.#verifier));
  }

  // biome-ignore lint/correctness/useYield: its place in the order is what makes it a step
  *#leave(channel: number): Steps<void> {
    const opener = this.#joined(channel);
    this.#forgetEpoch(opener);
    opener.dispose();
    this.#channels.delete(channel);
  }

  *#channelKey(content: Uint8Array): Steps<number | undefined> {
    const parsed = parseChannelKey(content);
    if (parsed === undefined) throw channelFailed();
    const { channel, key } = parsed;
    return yield* this.#handOver(channel, key.secret, (opener) => {
      this.#rename(opener, channel, key);
      return opener.accept(key);
    });
  }

  *#skip(content: Uint8Array): Steps<number | undefined> {
    const parsed = parseSkip(content);
    if (parsed === undefined) throw channelFailed();
    const { channel, skip } = parsed;
    return yield* this.#handOver(channel, skip.secret, (opener) => opener.skip(skip));
  }

  /** Gives a secret to the opener of its channel; where it is not taken, nobody keeps it. */
  *#handOver(
    channel: number,
    secret: SecretBytes,
    give: (opener: ChannelOpener) => Steps<"lost" | undefined>,
  ): Steps<number | undefined> {
    try {
      return (yield* give(this.#joined(channel))) === "lost" ? channel : undefined;
    } catch (error) {
      secret.dispose();
      throw error;
    }
  }

  *#heartbeat(content: Uint8Array): Steps<readonly number[]> {
    const positions = parsePositions(content);
    if (positions === undefined) throw channelFailed();
    return [...positions].flatMap(([channel, position]) =>
      this.#joined(channel).compare(position) === "lost" ? [channel] : [],
    );
  }

  *#open(record: Uint8Array): Steps<OpenedChannelRecord | undefined> {
    const header = parseChannelHeader(record);
    const channel = header && this.#epochs.get(mapKeyOf(header.epochId));
    if (header === undefined || channel === undefined) throw channelFailed();
    const opened = yield* this.#joined(channel).open(header, record);
    if (opened === undefined) return undefined;
    return opened === "lost" ? { type: "lost", channel } : { type: "content", channel, content: opened };
  }

  #joined(channel: number): ChannelOpener {
    const opener = this.#channels.get(channel);
    if (opener === undefined) throw channelFailed();
    return opener;
  }

  #rename(opener: ChannelOpener, channel: number, { epochId }: ChannelKey): void {
    const name = mapKeyOf(epochId);
    if ((this.#epochs.get(name) ?? channel) !== channel) throw channelFailed();
    this.#forgetEpoch(opener);
    this.#epochs.set(name, channel);
  }

  #forgetEpoch({ epochId }: ChannelOpener): void {
    if (epochId !== undefined) this.#epochs.delete(mapKeyOf(epochId));
  }
}

import { type Bytes, concatBytes } from "../bytes.ts";
import { CryptoError } from "../crypto-error.ts";
import { lowered } from "../lowered-limits.ts";
import { maxContentBytes, padContent } from "../padded-content.ts";
import type { Outcome, Timing } from "../primitives/outcome.ts";
import type { Primitives, Signer } from "../primitives/primitives.ts";
import { InOrder, type Steps, step } from "../primitives/steps.ts";
import { SecretBytes } from "../secret-bytes.ts";
import type { ChannelKey, ChannelPosition, ChannelSkip } from "./channel-announcements.ts";
import { encodeChannelHeader } from "./channel-header.ts";
import { type ChannelLimits, channelLimits, leaveWindow } from "./channel-limits.ts";
import { signedBytes } from "./channel-signature.ts";
import { ChannelStep, epochIdOf } from "./channel-step.ts";

/** What a channel's sealer is made from. */
export interface ChannelSealerOptions<When extends Timing> {
  readonly primitives: Primitives<When>;
  /** The record-signing key of this incarnation of the process (RK-4); it stays the caller's. */
  readonly signer: Signer<When>;
  /** SHA-256 of the channel's key, 32 bytes. */
  readonly channelHash: Uint8Array;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  readonly limits?: Partial<ChannelLimits>;
}

/** A record for all members, and who must be told a key in front of it. */
export interface SealedForChannel {
  /** The same object for every member; nobody may change it. */
  readonly record: Bytes;
  /** Undefined where every member can go on with what it has. */
  readonly keys?: NewKeys;
}

/** Goes into the queues of these members before the record (RK-5.2). */
export interface NewKeys {
  /** `joined`: those who have joined since the record before; the others derive the step. */
  readonly goTo: "everyone" | "joined";
  /** The receiver owns its secret. */
  readonly key: ChannelKey;
}

/** A period of a channel's key that begins with a fresh E. */
interface Epoch {
  readonly startedAt: number;
  readonly step: ChannelStep;
}

/**
 * Seals each record of a channel once, for all members that this process has (RK-1). Its secrets come from its own random
 * generator, when it seals for the first time, and go nowhere but to members.
 */
export class ChannelSealer<When extends Timing = Timing> {
  readonly #primitives: Primitives;
  readonly #signer: Signer;
  readonly #channelHash: Bytes;
  readonly #now: () => number;
  readonly #limits: ChannelLimits;
  readonly #order = new InOrder<When>();
  #epoch: Epoch | undefined;
  /** Of the epoch in force; the number of its records so far. */
  #seq = 0;
  #hasJoined = false;
  /** When a fresh E must be there, by the clock; undefined while nobody has gone. */
  #freshDueAt: number | undefined;
  #ended = false;

  /** @throws CryptoError `invalid-limit`, `invalid-length` unless the hash has 32 bytes */
  constructor({ primitives, signer, channelHash, now, limits = {} }: ChannelSealerOptions<When>) {
    if (channelHash.length !== 32) {
      throw new CryptoError("invalid-length", `a channel hash has 32 bytes, got ${channelHash.length}`);
    }
    this.#primitives = primitives as Primitives;
    this.#signer = signer as Signer;
    this.#channelHash = channelHash.slice() as Bytes;
    this.#now = now;
    this.#limits = lowered(channelLimits, limits);
  }

  /** Somebody has joined: the next seal advances one step, however many did (RK-2.1). */
  memberJoined(): void {
    this.#hasJoined = true;
  }

  /**
   * Somebody has left and is out of the fan-out already. A fresh E may wait for a short while, so that many leaves are one
   * (RK-7.2); whoever joins again does not cancel it.
   *
   * @param members how many the channel has here
   */
  memberLeft(members: number): void {
    const windowMs = Math.max(leaveWindow.leastMs, members * leaveWindow.perMemberMs);
    this.#freshBy(this.#now() + windowMs);
  }

  /** Somebody was kicked or revoked, or has expired: the very next record is under a fresh E (RK-7.2). */
  memberExpelled(): void {
    this.#freshBy(Number.NEGATIVE_INFINITY);
  }

  /** Where the channel is, for a heartbeat (RK-5.1); undefined before the first record. */
  get position(): ChannelPosition | undefined {
    return this.#epoch && { epochId: this.#epoch.step.epochId, nextSeq: this.#seq };
  }

  /**
   * What tells a slow member that records of the epoch in force were left out for it (RK-5.2). It goes into the queue before
   * the key of another epoch does.
   *
   * @returns undefined where there are no such records
   */
  skip(fromSeq: number, toSeq: number): ChannelSkip | undefined {
    if (this.#epoch === undefined || fromSeq > toSeq || toSeq >= this.#seq) return undefined;
    const { step: current } = this.#epoch;
    return { epochId: current.epochId, step: current.number, fromSeq, toSeq, secret: current.copySecret() };
  }

  /**
   * Seals a turn's messages as one record (RK-6).
   *
   * @param content a CBOR sequence of frames
   * @throws CryptoError `invalid-length` for content that does not fit into one record, `disposed`
   */
  seal(content: Uint8Array): Outcome<When, SealedForChannel> {
    return this.#order.run(() => this.#seal(content));
  }

  /** Lets go of all keys. */
  dispose(): void {
    this.#ended = true;
    this.#epoch?.step.dispose();
  }

  #freshBy(at: number): void {
    this.#freshDueAt = Math.min(at, this.#freshDueAt ?? Number.POSITIVE_INFINITY);
  }

  *#seal(content: Uint8Array): Steps<SealedForChannel> {
    const most = maxContentBytes(this.#limits.maxPlaintextBytes);
    if (content.length > most) {
      throw new CryptoError(
        "invalid-length",
        `a channel record: expected at most ${most} bytes, got ${content.length}`,
      );
    }
    if (this.#ended) throw hasEnded();
    let keys: NewKeys | undefined;
    try {
      keys = yield* this.#renew();
      const record = yield* this.#sealRecord((this.#epoch as Epoch).step, content);
      return keys === undefined ? { record } : { record, keys };
    } catch (error) {
      // Whatever members were to be told they will not be: nothing more is sealed under what is there.
      keys?.key.secret.dispose();
      this.memberExpelled();
      throw error;
    }
  }

  /** A fresh E where one is due, else a step where somebody has joined (RK-2). */
  *#renew(): Steps<NewKeys | undefined> {
    const epoch = this.#epoch;
    const isFreshDue = epoch === undefined || this.#isFreshDue(epoch);
    if (!isFreshDue && !this.#hasJoined) return undefined;
    // Marks that are set while keys are derived count for the record after this one.
    this.#hasJoined = false;
    if (isFreshDue) this.#freshDueAt = undefined;
    return isFreshDue ? yield* this.#drawEpoch() : yield* this.#advance(epoch);
  }

  *#drawEpoch(): Steps<NewKeys> {
    const previousSeq = this.#seq;
    const secret = SecretBytes.take(this.#primitives.randomBytes(32));
    const epochId = yield* epochIdOf(this.#primitives, secret, this.#channelHash);
    this.#enter({ startedAt: this.#now(), step: yield* ChannelStep.derive(this.#primitives, epochId, 0, secret) });
    this.#seq = 0;
    return this.#newKeys("everyone", previousSeq);
  }

  *#advance(epoch: Epoch): Steps<NewKeys> {
    this.#enter({ ...epoch, step: yield* epoch.step.next(this.#primitives) });
    return this.#newKeys("joined", this.#seq);
  }

  #isFreshDue({ startedAt, step: current }: Epoch): boolean {
    const { freshAfterSteps, freshAfterRecords, freshAfterMs } = this.#limits;
    const hasNoStepLeft = this.#hasJoined && current.number + 1 >= freshAfterSteps;
    const now = this.#now();
    const isWorn = hasNoStepLeft || this.#seq >= freshAfterRecords || now - startedAt >= freshAfterMs;
    return isWorn || (this.#freshDueAt !== undefined && now >= this.#freshDueAt);
  }

  #enter(epoch: Epoch): void {
    if (this.#ended) {
      // It ended while an asynchronous backend was at work: nobody keeps what that brought.
      epoch.step.dispose();
      throw hasEnded();
    }
    this.#epoch?.step.dispose();
    this.#epoch = epoch;
  }

  #newKeys(goTo: NewKeys["goTo"], previousSeq: number): NewKeys {
    const { step: current } = this.#epoch as Epoch;
    const secret = current.copySecret();
    return { goTo, key: { epochId: current.epochId, step: current.number, nextSeq: this.#seq, previousSeq, secret } };
  }

  *#sealRecord(current: ChannelStep, content: Uint8Array): Steps<Bytes> {
    const seq = this.#seq;
    // Taken before it is used: whatever fails from here on, no seq comes twice.
    this.#seq += 1;
    const header = encodeChannelHeader({ epochId: current.epochId, step: current.number, seq });
    const { paddedTo, maxPlaintextBytes } = this.#limits;
    const plaintext = padContent(content, { multipleOf: paddedTo, atMost: maxPlaintextBytes });
    const sealed = yield* step(current.key.seal(current.nonce(seq), header, plaintext));
    plaintext.fill(0);
    const signature = yield* step(this.#signer.sign(yield* signedBytes(this.#primitives, header, sealed)));
    return concatBytes(header, sealed, signature);
  }
}

function hasEnded(): CryptoError {
  return new CryptoError("disposed", "this channel has ended here; nothing is sealed for it");
}

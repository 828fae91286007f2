import { type Bytes, equalBytes } from "../bytes.ts";
import { contentOf, maxPlaintextBytes } from "../padded-content.ts";
import { aeadBytes, type Primitives, type Verifier } from "../primitives/primitives.ts";
import { type Steps, step } from "../primitives/steps.ts";
import type { SecretBytes } from "../secret-bytes.ts";
import type { ChannelKey, ChannelPosition, ChannelSkip } from "./channel-announcements.ts";
import { channelFailed } from "./channel-error.ts";
import { type ChannelHeader, channelRecordBytes } from "./channel-header.ts";
import { signedBytes } from "./channel-signature.ts";
import { ChannelStep } from "./channel-step.ts";

/** What a member has of one epoch. */
interface Epoch {
  readonly step: ChannelStep;
  /** The seq of the next record. */
  readonly nextSeq: number;
}

/**
 * Opens the records of one channel of one member. `lost` is told once, when records are found missing; from then on the
 * channel is deaf, and what comes is not looked at. Whatever else does not fit is CryptoError `channel` (RK-3.2).
 */
export class ChannelOpener {
  readonly #primitives: Primitives;
  readonly #verifier: Verifier;
  #epochId: Bytes | undefined;
  #epoch: Epoch | undefined;
  #isDeaf = false;
  #ended = false;

  constructor(primitives: Primitives, verifier: Verifier) {
    this.#primitives = primitives;
    this.#verifier = verifier;
  }

  /** The epoch whose key came last; undefined before the first. */
  get epochId(): Bytes | undefined {
    return this.#epochId;
  }

  /** Takes over a key: the first one, one of a fresh epoch, or one further on in the epoch it has. */
  *accept(key: ChannelKey): Steps<"lost" | undefined> {
    const before = this.#epoch;
    this.#epochId = key.epochId;
    if (this.#isDeaf) return disposeOf(key.secret);
    if (before !== undefined && this.#isLostBy(before, key)) return this.#lose(key.secret);
    const next = yield* ChannelStep.derive(this.#primitives, key.epochId, key.step, key.secret);
    this.#commit({ step: next, nextSeq: key.nextSeq });
    return undefined;
  }

  /** Goes past records that were left out on purpose, to the step that is now in force (RK-5.2). */
  *skip(skip: ChannelSkip): Steps<"lost" | undefined> {
    if (this.#isDeaf) return disposeOf(skip.secret);
    const { step: current, nextSeq } = this.#of(skip.epochId);
    if (skip.fromSeq < nextSeq || skip.toSeq < skip.fromSeq || skip.step < current.number) throw channelFailed();
    if (skip.fromSeq > nextSeq) return this.#lose(skip.secret);
    const next = yield* ChannelStep.derive(this.#primitives, skip.epochId, skip.step, skip.secret);
    this.#commit({ step: next, nextSeq: skip.toSeq + 1 });
    return undefined;
  }

  /** Whether the channel is where the gateway says it is (RK-5.1). */
  compare({ epochId, nextSeq }: ChannelPosition): "lost" | undefined {
    if (this.#isDeaf) return undefined;
    const epoch = this.#of(epochId);
    if (nextSeq < epoch.nextSeq) throw channelFailed();
    return nextSeq > epoch.nextSeq ? this.#lose() : undefined;
  }

  /** The content of a record; `lost` where records before it are missing, undefined once it is deaf. */
  *open(header: ChannelHeader, record: Uint8Array): Steps<Bytes | "lost" | undefined> {
    if (this.#isDeaf) return undefined;
    const epoch = this.#of(header.epochId);
    const stepsAhead = header.step - epoch.step.number;
    if (header.seq < epoch.nextSeq || stepsAhead < 0 || stepsAhead > 1) throw channelFailed();
    const current = stepsAhead === 0 ? epoch.step : yield* epoch.step.next(this.#primitives);
    const content = yield* this.#verified(current, header.seq, record);
    if (content === undefined) {
      current.dispose();
      throw channelFailed();
    }
    this.#commit({ step: current, nextSeq: header.seq + 1 });
    return header.seq > epoch.nextSeq ? this.#lose() : content;
  }

  /** Lets go of all keys; what is under way meanwhile is refused. */
  dispose(): void {
    this.#ended = true;
    this.#forget();
  }

  #forget(): void {
    this.#epoch?.step.dispose();
    this.#epoch = undefined;
  }

  #of(epochId: Bytes): Epoch {
    if (this.#epoch === undefined || !equalBytes(epochId, this.#epoch.step.epochId)) throw channelFailed();
    return this.#epoch;
  }

  /** Whether records are missing before a key; one that leads back is fatal. */
  #isLostBy(before: Epoch, { epochId, step: number, nextSeq, previousSeq }: ChannelKey): boolean {
    const isSame = equalBytes(epochId, before.step.epochId);
    const end = isSame ? nextSeq : previousSeq;
    if (end < before.nextSeq || (isSame && number < before.step.number)) throw channelFailed();
    return end > before.nextSeq;
  }

  /** The content, once the tag and then the signature have been checked. */
  *#verified(current: ChannelStep, seq: number, record: Uint8Array): Steps<Bytes | undefined> {
    const { header: headerBytes, signature: signatureBytes } = channelRecordBytes;
    const sealed = record.slice(headerBytes, -signatureBytes);
    if (sealed.length > maxPlaintextBytes + aeadBytes.tag) return undefined;
    const header = record.slice(0, headerBytes);
    const plaintext = yield* step(current.key.open(current.nonce(seq), header, sealed));
    if (plaintext === undefined) return undefined;
    const signed = yield* signedBytes(this.#primitives, header, sealed);
    if (!(yield* step(this.#verifier.verify(signed, record.slice(-signatureBytes))))) return undefined;
    return contentOf(plaintext);
  }

  #commit(epoch: Epoch): void {
    if (this.#ended) {
      // It ended while an asynchronous backend was at work: nobody keeps what that brought.
      epoch.step.dispose();
      throw channelFailed();
    }
    if (this.#epoch !== undefined && this.#epoch.step !== epoch.step) this.#epoch.step.dispose();
    this.#epoch = epoch;
  }

  #lose(unused?: SecretBytes): "lost" {
    unused?.dispose();
    this.#isDeaf = true;
    this.#forget();
    return "lost";
  }
}

function disposeOf(secret: SecretBytes): undefined {
  secret.dispose();
}

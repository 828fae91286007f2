import type { Bytes } from "../bytes.ts";
import { expandLabel } from "../expand-label.ts";
import { labels } from "../labels.ts";
import { nonceOf } from "../nonce.ts";
import { type AeadKey, aeadBytes, type Primitives } from "../primitives/primitives.ts";
import { type Steps, step } from "../primitives/steps.ts";
import { SecretBytes } from "../secret-bytes.ts";
import { channelRecordBytes } from "./channel-header.ts";

/** The secret and the keys of one step of an epoch (channel-records.md §1). */
export class ChannelStep {
  readonly epochId: Bytes;
  readonly number: number;
  readonly key: AeadKey;
  readonly #secret: SecretBytes;
  readonly #iv: Bytes;

  /** The keys of a step from its E, which the step owns from now on. */
  static *derive(primitives: Primitives, epochId: Bytes, number: number, secret: SecretBytes): Steps<ChannelStep> {
    try {
      const iv = yield* step(expandLabel(primitives, secret, labels.channelIv, epochId, aeadBytes.nonce));
      const ivBytes = iv.use((bytes) => bytes.slice());
      iv.dispose();
      const key = yield* stepKey(primitives, epochId, secret);
      return new ChannelStep({ epochId, number }, key, secret, ivBytes);
    } catch (error) {
      secret.dispose();
      throw error;
    }
  }

  private constructor(name: Pick<ChannelStep, "epochId" | "number">, key: AeadKey, secret: SecretBytes, iv: Bytes) {
    this.epochId = name.epochId;
    this.number = name.number;
    this.key = key;
    this.#secret = secret;
    this.#iv = iv;
  }

  /** The iv XOR seq. */
  nonce(seq: number): Bytes {
    return nonceOf(this.#iv, seq);
  }

  /** E of this step, as a copy that is the caller's. */
  copySecret(): SecretBytes {
    return this.#secret.use((bytes) => SecretBytes.copyOf(bytes));
  }

  /** The step after this one; this one stays usable until it is disposed of. There is no way back. */
  *next(primitives: Primitives): Steps<ChannelStep> {
    const secret = yield* step(
      expandLabel(primitives, this.#secret, labels.channelStep, this.epochId, this.#secret.length),
    );
    return yield* ChannelStep.derive(primitives, this.epochId, this.number + 1, secret);
  }

  dispose(): void {
    this.key.dispose();
    this.#secret.dispose();
    this.#iv.fill(0);
  }
}

/** The key of a step; the bytes it is made from are gone afterwards, also when that fails. */
function* stepKey(primitives: Primitives, epochId: Bytes, secret: SecretBytes): Steps<AeadKey> {
  const keyBytes = yield* step(expandLabel(primitives, secret, labels.channelKey, epochId, aeadBytes.key));
  try {
    return yield* step(primitives.importAead(channelAlgorithm, keyBytes));
  } finally {
    keyBytes.dispose();
  }
}

/** All members get the same bytes, whatever suite they have. */
const channelAlgorithm = "aes-256-gcm";

/** The epochId of a fresh E₀. */
export function* epochIdOf(primitives: Primitives, secret: SecretBytes, channelHash: Uint8Array): Steps<Bytes> {
  const id = yield* step(expandLabel(primitives, secret, labels.channelId, channelHash, channelRecordBytes.epochId));
  const bytes = id.use((value) => value.slice());
  id.dispose();
  return bytes;
}

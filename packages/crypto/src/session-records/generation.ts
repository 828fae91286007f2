import type { Bytes } from "../bytes.ts";
import { expandLabel } from "../expand-label.ts";
import { labels } from "../labels.ts";
import { nonceOf } from "../nonce.ts";
import { type AeadAlgorithm, type AeadKey, aeadBytes, type Primitives } from "../primitives/primitives.ts";
import { type Steps, step } from "../primitives/steps.ts";
import type { SecretBytes } from "../secret-bytes.ts";

/** The keys of one direction between two updates (session-records.md §1). */
export class Generation {
  readonly number: number;
  readonly key: AeadKey;
  readonly #iv: Bytes;
  readonly #next: SecretBytes;

  /** Derives the keys of a secret, which is disposed of (SR-0.1). */
  static *derive(
    primitives: Primitives,
    algorithm: AeadAlgorithm,
    secret: SecretBytes,
    number: number,
  ): Steps<Generation> {
    try {
      const next = yield* step(expandLabel(primitives, secret, labels.nextGeneration, noContext, secret.length));
      try {
        const { key, iv } = yield* recordKey(primitives, algorithm, secret);
        return new Generation(number, key, iv, next);
      } catch (error) {
        next.dispose();
        throw error;
      }
    } finally {
      secret.dispose();
    }
  }

  private constructor(number: number, key: AeadKey, iv: Bytes, next: SecretBytes) {
    this.number = number;
    this.key = key;
    this.#iv = iv;
    this.#next = next;
  }

  /** The iv XOR seq. */
  nonce(seq: number): Bytes {
    return nonceOf(this.#iv, seq);
  }

  /** The generation after this one, which is gone then (SR-4.1). */
  *update(primitives: Primitives, algorithm: AeadAlgorithm): Steps<Generation> {
    const next = yield* Generation.derive(primitives, algorithm, this.#next, this.number + 1);
    this.dispose();
    return next;
  }

  dispose(): void {
    this.key.dispose();
    this.#next.dispose();
    this.#iv.fill(0);
  }
}

/** The key and the iv of a secret; what they are made from is gone afterwards, also when that fails. */
function* recordKey(
  primitives: Primitives,
  algorithm: AeadAlgorithm,
  secret: SecretBytes,
): Steps<{ readonly key: AeadKey; readonly iv: Bytes }> {
  const iv = yield* step(expandLabel(primitives, secret, labels.recordIv, noContext, aeadBytes.nonce));
  const ivBytes = iv.use((bytes) => bytes.slice());
  iv.dispose();
  const keyBytes = yield* step(expandLabel(primitives, secret, labels.recordKey, noContext, aeadBytes.key));
  try {
    return { key: yield* step(primitives.importAead(algorithm, keyBytes)), iv: ivBytes };
  } finally {
    keyBytes.dispose();
  }
}

const noContext = new Uint8Array(0);

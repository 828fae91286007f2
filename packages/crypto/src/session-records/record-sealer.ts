import { type Bytes, concatBytes } from "../bytes.ts";
import { CryptoError } from "../crypto-error.ts";
import { lowered } from "../lowered-limits.ts";
import { maxContentBytes, padContent } from "../padded-content.ts";
import type { Outcome, Timing } from "../primitives/outcome.ts";
import type { AeadAlgorithm, Primitives } from "../primitives/primitives.ts";
import { InOrder, type Steps, step } from "../primitives/steps.ts";
import type { SecretBytes } from "../secret-bytes.ts";
import { closeContent } from "./close-content.ts";
import { DirectionKeys, hasEnded } from "./direction-keys.ts";
import { encodeHeader } from "./record-header.ts";
import { type SealingLimits, sealingLimits } from "./record-limits.ts";
import { chunkedTypes, type RecordType, type Side, typesOf } from "./record-types.ts";

/** What a sealer is made from. */
export interface SealerOptions<When extends Timing> {
  readonly primitives: Primitives<When>;
  readonly algorithm: AeadAlgorithm;
  /** Who seals. */
  readonly side: Side;
  /** Of this direction, generation 0; the sealer owns it from now on. */
  readonly secret: SecretBytes;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  readonly limits?: Partial<SealingLimits>;
}

/** Types that are sealed by methods of their own. */
type SealedContent = Exclude<RecordType, "keyUpdate" | "close" | "switch">;

/**
 * Seals the records of one direction, each under the next seq, and updates its keys in time (SR-4). Results are the
 * records to send, in order, as bytes of the caller's.
 */
export class RecordSealer<When extends Timing = Timing> {
  readonly #keys: DirectionKeys;
  readonly #side: Side;
  readonly #now: () => number;
  readonly #limits: SealingLimits;
  readonly #order = new InOrder<When>();
  #seq = 0;
  /** Of the generation in force. */
  #records = 0;
  #bytes = 0;
  #since: number;

  /** @throws CryptoError `invalid-limit` */
  constructor({ primitives, algorithm, side, secret, now, limits = {} }: SealerOptions<When>) {
    this.#keys = new DirectionKeys(primitives as Primitives, algorithm, secret);
    this.#side = side;
    this.#now = now;
    this.#limits = lowered(sealingLimits, limits);
    this.#since = now();
  }

  /** The seq of the next record. */
  get seq(): number {
    return this.#seq;
  }

  /**
   * Seals a value: one record, or several where the type may be chunked (SR-1.2), behind a KEY_UPDATE when one is due.
   *
   * @throws CryptoError `invalid-length` for content that is too long for its type, `limit-reached` (SR-4.2), `disposed`
   *   after {@link close} and {@link dispose}
   */
  seal(type: SealedContent, content: Uint8Array): Outcome<When, readonly Bytes[]> {
    return this.#order.run(() => this.#sealValue(type, content));
  }

  /**
   * Seals CLOSE, behind which nothing is sealed (SR-3.1).
   *
   * @param reason at most 123 bytes of UTF-8
   * @throws CryptoError as {@link seal}
   */
  close(code: number, reason: string): Outcome<When, readonly Bytes[]> {
    return this.#order.run(() => this.#sealClose(code, reason));
  }

  /**
   * Seals SWITCH, and goes on with a fresh secret, generation 0 and seq 0 (SR-5.2). It owns the secret from now on.
   *
   * @throws CryptoError as {@link seal}; the secret is gone then
   */
  switchTo(secret: SecretBytes): Outcome<When, readonly Bytes[]> {
    return this.#order.run(() => this.#sealSwitch(secret));
  }

  /** Lets go of all keys. */
  dispose(): void {
    this.#keys.dispose();
  }

  *#sealValue(type: SealedContent, content: Uint8Array): Steps<readonly Bytes[]> {
    if (!typesOf[this.#side].has(type)) throw new Error(`a ${this.#side} seals no ${type}`);
    const most = maxContentBytes(this.#limits.maxPlaintextBytes);
    if (content.length > most && !chunkedTypes.has(type)) {
      throw new CryptoError("invalid-length", `${type}: expected at most ${most} bytes, got ${content.length}`);
    }
    const records: Bytes[] = [];
    let at = 0;
    do {
      const end = Math.min(at + most, content.length);
      const chunk = content.subarray(at, end);
      if (this.#isUpdateDue(chunk.length)) records.push(yield* this.#update());
      records.push(yield* this.#sealRecord(type, chunk, end === content.length));
      at = end;
    } while (at < content.length);
    return records;
  }

  *#sealClose(code: number, reason: string): Steps<readonly Bytes[]> {
    const record = yield* this.#sealRecord("close", closeContent({ code, finalSeq: this.#seq, reason }), true);
    this.dispose();
    return [record];
  }

  *#sealSwitch(secret: SecretBytes): Steps<readonly Bytes[]> {
    let record: Bytes;
    try {
      record = yield* this.#sealRecord("switch", noContent, true);
      if (this.#keys.hasEnded) throw hasEnded();
    } catch (error) {
      secret.dispose();
      throw error;
    }
    this.#keys.replace(secret);
    this.#seq = 0;
    this.#begin();
    return [record];
  }

  #isUpdateDue(bytes: number): boolean {
    const { updateAfterRecords, updateAfterBytes, updateAfterMs, paddedTo } = this.#limits;
    // The update itself is a record of the old generation, and both are padded.
    const isFull = this.#records + 2 > updateAfterRecords || this.#bytes + bytes + 2 * paddedTo > updateAfterBytes;
    return this.#records > 0 && (isFull || this.#now() - this.#since >= updateAfterMs);
  }

  *#update(): Steps<Bytes> {
    const record = yield* this.#sealRecord("keyUpdate", noContent, true);
    yield* this.#keys.update();
    this.#begin();
    return record;
  }

  #begin(): void {
    this.#records = 0;
    this.#bytes = 0;
    this.#since = this.#now();
  }

  *#sealRecord(type: RecordType, content: Uint8Array, ends: boolean): Steps<Bytes> {
    const generation = yield* this.#keys.current();
    if (this.#records >= this.#limits.maxRecords) {
      throw new CryptoError("limit-reached", `${this.#records} records under one key; open the session anew`);
    }
    const seq = this.#seq;
    // Taken before it is used: whatever fails from here on, no seq comes twice.
    this.#seq += 1;
    this.#records += 1;
    const padding = { multipleOf: this.#limits.paddedTo, atMost: this.#limits.maxPlaintextBytes };
    const plaintext = padContent(content, padding);
    this.#bytes += plaintext.length;
    const header = encodeHeader({ type, ends, generation: generation.number, seq });
    const sealed = yield* step(generation.key.seal(generation.nonce(seq), header, plaintext));
    plaintext.fill(0);
    return concatBytes(header, sealed);
  }
}

const noContent = new Uint8Array(0);

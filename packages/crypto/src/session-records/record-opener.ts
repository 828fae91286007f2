import type { Bytes } from "../bytes.ts";
import { CryptoError } from "../crypto-error.ts";
import { lowered } from "../lowered-limits.ts";
import { contentOf } from "../padded-content.ts";
import type { Outcome, Timing } from "../primitives/outcome.ts";
import { type AeadAlgorithm, aeadBytes, type Primitives } from "../primitives/primitives.ts";
import { InOrder, type Steps, step } from "../primitives/steps.ts";
import type { SecretBytes } from "../secret-bytes.ts";
import { parseCloseContent } from "./close-content.ts";
import { DirectionKeys } from "./direction-keys.ts";
import { GatheredValue } from "./gathered-value.ts";
import { headerBytes, parseHeader, type RecordHeader } from "./record-header.ts";
import { type OpeningLimits, openingLimits, updateSpacing } from "./record-limits.ts";
import { chunkedTypes, type RecordType, type Side, typesOf } from "./record-types.ts";

/** What an opener is made from. */
export interface OpenerOptions<When extends Timing> {
  readonly primitives: Primitives<When>;
  readonly algorithm: AeadAlgorithm;
  /** Who has sealed. */
  readonly from: Side;
  /** Of this direction, generation 0; the opener owns it from now on. */
  readonly secret: SecretBytes;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  readonly limits?: Partial<OpeningLimits>;
}

/** What a record brought to its end. */
export type OpenedRecord =
  | { readonly type: Exclude<RecordType, "keyUpdate" | "close" | "switch">; readonly content: Bytes }
  /** The authenticated end of this direction, with its real reason (SR-3.1). */
  | { readonly type: "close"; readonly code: number; readonly reason: string }
  /** The fresh keys are in force in this direction (SR-5.2). */
  | { readonly type: "switch" };

/**
 * Opens the records of one direction, each exactly once and in order (SR-1.3). The first that does not open ends it: every
 * later one is refused with the same error, and why is told to nobody (SR-1.4).
 */
export class RecordOpener<When extends Timing = Timing> {
  readonly #keys: DirectionKeys;
  readonly #from: Side;
  readonly #now: () => number;
  readonly #limits: OpeningLimits;
  readonly #order = new InOrder<When>();
  /** Waits for SWITCH. */
  #fresh: SecretBytes | undefined;
  #seq = 0;
  /** A value whose end has not come. */
  #gathered: GatheredValue | undefined;
  #lastUpdate: { readonly seq: number; readonly at: number } | undefined;
  #closed = false;

  /** @throws CryptoError `invalid-limit` */
  constructor({ primitives, algorithm, from, secret, now, limits = {} }: OpenerOptions<When>) {
    this.#keys = new DirectionKeys(primitives as Primitives, algorithm, secret);
    this.#from = from;
    this.#now = now;
    this.#limits = lowered(openingLimits, limits);
  }

  /** Whether CLOSE has been opened: what the socket says then is no truncation (SR-3.2). */
  get isClosed(): boolean {
    return this.#closed;
  }

  /**
   * Opens the next record of the direction.
   *
   * @returns what it brought; undefined for a chunk with more to come, and for a KEY_UPDATE
   * @throws CryptoError `session` for whatever is wrong, and ever after
   */
  open(record: Uint8Array): Outcome<When, OpenedRecord | undefined> {
    return this.#order.run(() => this.#openOrEnd(record));
  }

  /** The next SWITCH changes to this secret (SR-5.2); without one, SWITCH is refused. The opener owns it from now on. */
  expectSwitch(secret: SecretBytes): void {
    this.#fresh?.dispose();
    this.#fresh = secret;
    if (this.#keys.hasEnded) secret.dispose();
  }

  /** Lets go of all keys; a record that is being opened meanwhile is refused. */
  dispose(): void {
    this.#keys.dispose();
    this.#fresh?.dispose();
    this.#gathered = undefined;
  }

  *#openOrEnd(record: Uint8Array): Steps<OpenedRecord | undefined> {
    let opened: OpenedRecord | undefined | "failed" = "failed";
    try {
      if (!this.#keys.hasEnded) opened = yield* this.#openRecord(record);
    } catch (error) {
      this.dispose();
      // A secret that went while keys were derived from it: that is the end too, and no news of its own.
      if (!(error instanceof CryptoError)) throw error;
    }
    if (opened !== "failed") return opened;
    this.dispose();
    throw sessionFailed();
  }

  *#openRecord(record: Uint8Array): Steps<OpenedRecord | undefined | "failed"> {
    const generation = yield* this.#keys.current();
    const header = parseHeader(record);
    if (header === undefined || !this.#isNext(header, generation.number, record.length)) return "failed";
    const associatedData = record.slice(0, headerBytes);
    const sealed = record.subarray(headerBytes);
    const plaintext = yield* step(generation.key.open(generation.nonce(header.seq), associatedData, sealed));
    const content = plaintext === undefined ? undefined : contentOf(plaintext);
    // An asynchronous backend may answer when nobody wants the answer any more.
    if (content === undefined || this.#keys.hasEnded) return "failed";
    this.#seq += 1;
    return yield* this.#accept(header, content);
  }

  #isNext({ type, seq, generation }: RecordHeader, current: number, length: number): boolean {
    const plaintextBytes = length - headerBytes - aeadBytes.tag;
    if (plaintextBytes < 0 || plaintextBytes > this.#limits.maxPlaintextBytes) return false;
    return typesOf[this.#from].has(type) && seq === this.#seq && generation === current;
  }

  *#accept(header: RecordHeader, content: Bytes): Steps<OpenedRecord | undefined | "failed"> {
    const { type } = header;
    if (!header.ends && !chunkedTypes.has(type)) return "failed";
    switch (type) {
      case "keyUpdate":
        if (content.length > 0 || this.#isUpdateTooSoon()) return "failed";
        yield* this.#keys.update();
        return undefined;
      case "switch":
        return content.length > 0 ? "failed" : this.#switch();
      case "close":
        return this.#close(header, content);
      default:
        return this.#gather(type, header.ends, content);
    }
  }

  #isUpdateTooSoon(): boolean {
    const last = this.#lastUpdate;
    this.#lastUpdate = { seq: this.#seq, at: this.#now() };
    if (last === undefined) return false;
    return this.#seq - last.seq < updateSpacing.records && this.#now() - last.at < updateSpacing.ms;
  }

  #switch(): OpenedRecord | "failed" {
    if (this.#fresh === undefined || this.#gathered !== undefined) return "failed";
    this.#keys.replace(this.#fresh);
    this.#fresh = undefined;
    this.#seq = 0;
    this.#lastUpdate = undefined;
    return { type: "switch" };
  }

  #close({ seq }: RecordHeader, content: Bytes): OpenedRecord | "failed" {
    const close = parseCloseContent(content);
    if (close === undefined || close.finalSeq !== seq || this.#gathered !== undefined) return "failed";
    this.#closed = true;
    this.dispose();
    return { type: "close", code: close.code, reason: close.reason };
  }

  /** Puts the chunks of a value together; a chunk that brings nothing and ends nothing is refused (SR-1.2). */
  #gather(
    type: Exclude<RecordType, "keyUpdate" | "close" | "switch">,
    ends: boolean,
    content: Bytes,
  ): OpenedRecord | undefined | "failed" {
    if (!chunkedTypes.has(type)) return { type, content };
    const most = type === "auth" ? this.#limits.maxAuthBytes : this.#limits.maxMessageBytes;
    if (ends && this.#gathered === undefined) return content.length > most ? "failed" : { type, content };
    const gathered = this.#gathered ?? new GatheredValue(type, most);
    const bringsNothing = content.length === 0 && !ends;
    if (gathered.type !== type || bringsNothing || !gathered.add(content)) return "failed";
    this.#gathered = ends ? undefined : gathered;
    return ends ? { type, content: gathered.content } : undefined;
  }
}

/** The one error of a session: no cause, the same words whatever went wrong (SR-1.4). */
export function sessionFailed(): CryptoError {
  return new CryptoError("session", "the sealed session failed");
}

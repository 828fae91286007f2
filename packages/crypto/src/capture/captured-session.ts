import { type Bytes, mapKeyOf } from "../bytes.ts";
import { parseChannelKey, parseSkip } from "../channel-records/channel-announcements.ts";
import { channelRecordBytes, channelRecordType, parseChannelHeader } from "../channel-records/channel-header.ts";
import { ChannelStep } from "../channel-records/channel-step.ts";
import { contentOf } from "../padded-content.ts";
import type { Outcome, Timing } from "../primitives/outcome.ts";
import type { AeadAlgorithm, Primitives } from "../primitives/primitives.ts";
import { InOrder, type Steps, step } from "../primitives/steps.ts";
import { SecretBytes } from "../secret-bytes.ts";
import { Generation } from "../session-records/generation.ts";
import { headerBytes, parseHeader, type RecordHeader } from "../session-records/record-header.ts";
import { type Side, typesOf } from "../session-records/record-types.ts";

/** The secrets of a session that is looked at afterwards; it owns them from now on. */
export interface CapturedSecrets<When extends Timing> {
  readonly primitives: Primitives<When>;
  readonly algorithm: AeadAlgorithm;
  /** Of each direction, generation 0. */
  readonly client: SecretBytes;
  readonly gateway: SecretBytes;
}

/** What a captured record holds, and who sealed it. */
export interface CapturedContent {
  readonly from: Side;
  readonly content: Bytes;
}

/**
 * Opens records of a session for somebody who has its secrets and looks for a fault: in any order, each as often as asked,
 * with tags checked but neither order nor signatures. Never a way to receive: that is `RecordOpener`.
 *
 * Keys of channels are learned from the CHANNEL_KEY and SKIP records that it opens. It never follows a SWITCH.
 */
export class CapturedSession<When extends Timing = Timing> {
  readonly #primitives: Primitives;
  readonly #algorithm: AeadAlgorithm;
  readonly #secrets: Readonly<Record<Side, SecretBytes>>;
  readonly #generations = new Map<Side, Generation>();
  /** By epochId. */
  readonly #channels = new Map<string, ChannelStep>();
  readonly #order = new InOrder<When>();

  constructor({ primitives, algorithm, client, gateway }: CapturedSecrets<When>) {
    this.#primitives = primitives as Primitives;
    this.#algorithm = algorithm;
    this.#secrets = { client, gateway };
  }

  /** The content of a session record or a channel record; undefined for one that does not open. */
  open(record: Uint8Array): Outcome<When, CapturedContent | undefined> {
    return this.#order.run(() =>
      record[0] === channelRecordType ? this.#openChannelRecord(record) : this.#openSessionRecord(record),
    );
  }

  /** Lets go of all keys. */
  dispose(): void {
    for (const secret of Object.values(this.#secrets)) secret.dispose();
    for (const generation of this.#generations.values()) generation.dispose();
    for (const channelStep of this.#channels.values()) channelStep.dispose();
  }

  *#openSessionRecord(record: Uint8Array): Steps<CapturedContent | undefined> {
    const header = parseHeader(record);
    if (header === undefined || header.generation > maxHops) return undefined;
    for (const from of ["client", "gateway"] as const) {
      if (!typesOf[from].has(header.type)) continue;
      const generation = yield* this.#generation(from, header.generation);
      const sealed = record.slice(headerBytes);
      const opening = generation.key.open(generation.nonce(header.seq), record.slice(0, headerBytes), sealed);
      const plaintext = yield* step(opening);
      const content = plaintext && contentOf(plaintext);
      if (content === undefined) continue;
      yield* this.#learn(header, content);
      return { from, content };
    }
    return undefined;
  }

  *#openChannelRecord(record: Uint8Array): Steps<CapturedContent | undefined> {
    const header = parseChannelHeader(record);
    if (header === undefined) return undefined;
    const name = mapKeyOf(header.epochId);
    let current = this.#channels.get(name);
    if (current === undefined || header.step < current.number || header.step - current.number > maxHops)
      return undefined;
    while (current.number < header.step) {
      const next: ChannelStep = yield* current.next(this.#primitives);
      current.dispose();
      current = next;
      this.#channels.set(name, current);
    }
    const sealed = record.slice(channelRecordBytes.header, -channelRecordBytes.signature);
    const associatedData = record.slice(0, channelRecordBytes.header);
    const plaintext = yield* step(current.key.open(current.nonce(header.seq), associatedData, sealed));
    const content = plaintext && contentOf(plaintext);
    return content && { from: "gateway", content };
  }

  /** A copy is parsed: the secret is moved out of what is parsed, and the content is the caller's. */
  *#learn({ type }: RecordHeader, content: Bytes): Steps<void> {
    if (type !== "channelKey" && type !== "skip") return;
    const key = type === "channelKey" ? parseChannelKey(content.slice())?.key : parseSkip(content.slice())?.skip;
    if (key === undefined) return;
    const name = mapKeyOf(key.epochId);
    const learned = yield* ChannelStep.derive(this.#primitives, key.epochId, key.step, key.secret);
    this.#channels.get(name)?.dispose();
    this.#channels.set(name, learned);
  }

  *#generation(side: Side, number: number): Steps<Generation> {
    let current = this.#generations.get(side);
    if (current === undefined || current.number > number) {
      current?.dispose();
      const secret = this.#secrets[side].use((bytes) => SecretBytes.copyOf(bytes));
      current = yield* Generation.derive(this.#primitives, this.#algorithm, secret, 0);
    }
    while (current.number < number) current = yield* current.update(this.#primitives, this.#algorithm);
    this.#generations.set(side, current);
    return current;
  }
}

/** Updates and steps that are followed at most: a number in a header costs no more work than this. */
const maxHops = 4_096;

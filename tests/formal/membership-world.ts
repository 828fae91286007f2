import { parseChannelKey } from "@wardwire/crypto/channel-records/channel-announcements";
import { channelRecordBytes, parseChannelHeader } from "@wardwire/crypto/channel-records/channel-header";
import type { NewKeys } from "@wardwire/crypto/channel-records/channel-sealer";
import { ChannelStep } from "@wardwire/crypto/channel-records/channel-step";
import { inSteps } from "../../packages/crypto/src/primitives/steps.ts";
import { ChannelGateway, type ChannelModel, stepsOfAnEpoch } from "./channel-gateway.ts";
import { hold, type Step, type World } from "./explorer.ts";

interface SealedRecord {
  readonly bytes: Uint8Array;
  /** Whether the hostile member was one when it was sealed, or had left so shortly before that no fresh key was due. */
  readonly mayBeRead: boolean;
}

/**
 * A channel with an honest member, and a hostile one who joins, leaves and is kicked in every order with seals, others'
 * joins and time. It keeps every key it was ever told, has every record, and tries all keys on all records.
 *
 * Holds: while it is a member it reads what is sealed; what is sealed before its join, after it was kicked, and 250 ms after
 * the first leave that waits for a fresh key, nothing it knows opens (RK-2.1, RK-2.2, RK-7.1, RK-7.2); no nonce comes twice.
 */
export class MembershipWorld implements World {
  readonly #model: ChannelModel;
  readonly #gateway: ChannelGateway;
  readonly #records: SealedRecord[] = [];
  readonly #keys: Uint8Array[] = [];
  /** What a world was like when its last record was sealed, and all that was done since, in its order. */
  #state: string[] = [];
  #standing: "member" | "left" | "out" = "out";
  #waitsForKey = false;
  /** When the leave happened for which a fresh key is still to come. */
  #leftAtMs: number | undefined;

  constructor(model: ChannelModel) {
    this.#model = model;
    this.#gateway = new ChannelGateway(model);
    this.#gateway.memberJoined();
  }

  get state(): string {
    return this.#state.join();
  }

  steps(): readonly Step[] {
    const step = (name: string, take: () => void): Step => ({ name, take: () => this.#note(name, take) });
    const steps = [
      { name: "a record is sealed", take: () => this.#seal() },
      step("another joins", () => this.#gateway.memberJoined()),
      step("300 ms pass", () => this.#gateway.wait(300)),
    ];
    if (this.#standing !== "member") return [...steps, step("it joins", () => this.#join())];
    return [...steps, step("it leaves", () => this.#leave()), step("it is kicked", () => this.#kick())];
  }

  #note(name: string, take: () => void): void {
    take();
    // What is done twice between two records is done once, save waiting.
    if (this.#state.at(-1) !== name || name === "300 ms pass") this.#state.push(name);
  }

  #join(): void {
    this.#standing = "member";
    this.#waitsForKey = true;
    this.#gateway.memberJoined();
  }

  #leave(): void {
    this.#standing = "left";
    this.#leftAtMs ??= this.#gateway.nowMs;
    this.#gateway.memberLeft();
  }

  #kick(): void {
    this.#standing = "out";
    this.#gateway.memberExpelled();
  }

  #seal(): void {
    const mayBeRead = this.#mayReadNow();
    const { record, keys } = this.#gateway.seal();
    if (keys !== undefined) this.#tell(keys);
    this.#records.push({ bytes: record, mayBeRead });
    hold(this.#standing !== "member" || this.#opens(record), "a member cannot read what is sealed while it is one");
    const leak = this.#records.findIndex((each) => !each.mayBeRead && this.#opens(each.bytes));
    hold(leak === -1, `record ${leak} can be read by who was no member`);
    this.#state = [this.#summary(record)];
  }

  #mayReadNow(): boolean {
    if (this.#standing !== "left") return this.#standing === "member";
    return this.#leftAtMs !== undefined && this.#gateway.nowMs - this.#leftAtMs < leaveWindowMs;
  }

  #tell(keys: NewKeys): void {
    if (keys.goTo === "everyone") this.#leftAtMs = undefined;
    if (this.#standing !== "member" || (keys.goTo === "joined" && !this.#waitsForKey)) return;
    this.#waitsForKey = false;
    this.#keys.push(this.#gateway.keyMessage(keys));
  }

  #opens(record: Uint8Array): boolean {
    return this.#keys.some((key) => this.#opensWith(key, record));
  }

  /** Under the step it was told and every one after it in an epoch; the signature is nothing to who only wants to read. */
  #opensWith(message: Uint8Array, record: Uint8Array): boolean {
    const key = parseChannelKey(message.slice())?.key;
    const header = parseChannelHeader(record);
    if (key === undefined || header === undefined) throw new Error("a message of the gateway cannot be parsed");
    const { primitives } = this.#model;
    let step = inSteps<"sync", ChannelStep>(ChannelStep.derive(primitives, key.epochId, key.step, key.secret));
    const bytes = record.slice(0, channelRecordBytes.header);
    const sealed = record.slice(channelRecordBytes.header, -channelRecordBytes.signature);
    for (let number = key.step; number < stepsOfAnEpoch; number += 1) {
      if (step.key.open(step.nonce(header.seq), bytes, sealed) !== undefined) return true;
      step = inSteps<"sync", ChannelStep>(step.next(primitives));
    }
    return false;
  }

  /** Of the epoch in force alone: no key of another opens its records, and what there is to be opened has been tried. */
  #summary(record: Uint8Array): string {
    const { step, seq } = parseChannelHeader(record) ?? { step: 0, seq: 0 };
    const epoch = this.#records.slice(-1 - seq).map(({ mayBeRead, bytes }) => [mayBeRead, this.#opens(bytes)]);
    const leftFor = this.#leftAtMs === undefined ? "never" : this.#gateway.nowMs - this.#leftAtMs;
    return JSON.stringify([step, seq, epoch, this.#standing, this.#waitsForKey, leftFor]);
  }
}

const leaveWindowMs = 250;

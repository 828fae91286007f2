import { channelRecordBytes } from "@wardwire/crypto/channel-records/channel-header";
import type { JoinedChannels } from "@wardwire/crypto/channel-records/joined-channels";
import { ChannelGateway, type ChannelModel, channelNumber } from "./channel-gateway.ts";
import { hold, type Step, type World } from "./explorer.ts";

/** What the gateway has put into the member's queue: messages of its session, and channel records. */
interface Queued {
  readonly kind: "channelKey" | "skip" | "heartbeat" | "record";
  readonly bytes: Uint8Array;
  /** How many records had been sealed by then; the number of a record, and of the one a skip leaves out, is one less. */
  readonly sealed: number;
}

/** `nothing`: taken, and no more to say; or it is not looked at, since the channel is deaf. */
type Taken = "nothing" | "lost" | "refused" | `content ${string}`;

/**
 * A member of a channel that has had one record, whose network the attacker has: records come in any order, again, or never; the messages of its
 * session come in order, late, or never, as session records do. The attacker has another member's keys too.
 *
 * Holds: what is delivered was sealed by the process, in its order, once, and everything between was delivered before or
 * announced as left out (RK-3.1, RK-3.3, RK-5.2, RK-6); a heartbeat or a key of a fresh epoch that finds nothing missing
 * finds nothing missing indeed (RK-5.1, RK-5.3); nothing forged or changed is taken (RK-3.2, RK-6); loss is told only where
 * there is some; and while all comes in order, all is delivered.
 */
export class DeliveryWorld implements World {
  readonly #model: ChannelModel;
  readonly #gateway: ChannelGateway;
  readonly #queue: Queued[] = [];
  readonly #forged: Uint8Array[] = [];
  /** What the member has taken so far, in order. */
  readonly #inputs: Queued[] = [];
  /** Numbers of records that were delivered, or left out and announced. */
  readonly #accountedFor = new Set<number>();
  /** What the gateway has done; what the member has taken is told by `#inputs`. */
  readonly #log: string[] = [];
  #sealed = 0;
  #lastDelivered = -1;
  #standing: "whole" | "deaf" | "ended" = "whole";

  constructor(model: ChannelModel) {
    this.#model = model;
    this.#gateway = new ChannelGateway(model);
    this.#gateway.memberJoined();
    // It begins with a member that has joined: the first key and the first record have come.
    this.#seal(false);
    for (const first of this.#queue.slice()) this.#bring(first);
  }

  get state(): string {
    return this.#standing === "ended"
      ? "ended"
      : `${this.#log}; ${this.#inputs.map((each) => this.#queue.indexOf(each))}`;
  }

  steps(): readonly Step[] {
    if (this.#standing === "ended") return [];
    const message = this.#queue.find((each) => each.kind !== "record" && !this.#inputs.includes(each));
    const records = this.#queue.filter(({ kind }) => kind === "record");
    return [
      // Who is deaf needs nothing new to be told: what there is goes on coming.
      ...(this.#standing === "whole" ? this.#gatewaySteps() : []),
      { name: "anything forged or changed comes", take: () => this.#bringForgeries() },
      ...(message === undefined ? [] : [{ name: `the ${message.kind} comes`, take: () => this.#bring(message) }]),
      ...records.map((each) => ({ name: `record ${each.sealed - 1} comes`, take: () => this.#bring(each) })),
    ];
  }

  #gatewaySteps(): readonly Step[] {
    const steps = [
      this.#of("a record is sealed", () => this.#seal(false)),
      this.#of("a record is left out", () => this.#seal(true)),
      this.#of("another joins", () => this.#gateway.memberJoined()),
      this.#of("another is kicked", () => this.#gateway.memberExpelled()),
      this.#of("a heartbeat is sent", () => this.#beat()),
    ];
    // Only sealing twice in a row is more than once.
    return steps.filter(({ name }) => name.startsWith("a record") || this.#log.at(-1) !== name);
  }

  #of(name: string, take: () => void): Step {
    return {
      name,
      take: () => {
        this.#log.push(name);
        take();
      },
    };
  }

  #seal(isLeftOut: boolean): void {
    const { record, keys, forged } = this.#gateway.seal();
    const isToldKeys = keys !== undefined && (keys.goTo === "everyone" || this.#sealed === 0);
    if (isToldKeys) this.#put("channelKey", this.#gateway.keyMessage(keys));
    this.#sealed += 1;
    this.#forged.push(forged);
    if (isLeftOut) this.#put("skip", this.#gateway.skipMessage());
    else this.#put("record", record);
  }

  #beat(): void {
    this.#put("heartbeat", this.#gateway.heartbeatMessage());
  }

  #put(kind: Queued["kind"], bytes: Uint8Array): void {
    this.#queue.push({ kind, bytes, sealed: this.#sealed });
  }

  #bring(input: Queued): void {
    const isInOrder = [...this.#inputs, input].every((each, at) => each === this.#queue[at]);
    const isMissing = !this.#isWholeUpTo(
      input.kind === "record" || input.kind === "skip" ? input.sealed - 1 : input.sealed,
    );
    const taken = take(this.#makeMember(), input);
    this.#inputs.push(input);
    hold(
      !isInOrder || (taken !== "refused" && taken !== "lost"),
      `the ${input.kind} came in order and gave "${taken}"`,
    );
    if (this.#standing === "deaf") hold(taken === "nothing" || taken === "refused", `a deaf channel gave "${taken}"`);
    else if (taken === "lost") hold(isMissing, "loss was told, and nothing is missing");
    else if (taken !== "refused") this.#account(input, taken, isMissing);
    if (taken === "refused") this.#standing = "ended";
    else if (taken === "lost") this.#standing = "deaf";
  }

  #account({ kind, sealed }: Queued, taken: Taken, isMissing: boolean): void {
    hold(!isMissing, `a ${kind} was taken as if nothing were missing`);
    if (kind === "heartbeat" || kind === "channelKey") return;
    const number = sealed - 1;
    this.#accountedFor.add(number);
    if (kind === "skip") return;
    hold(taken === `content ${number}`, `record ${number} gave "${taken}"`);
    hold(number > this.#lastDelivered, `record ${number} was delivered after record ${this.#lastDelivered}`);
    this.#lastDelivered = number;
  }

  #isWholeUpTo(count: number): boolean {
    return Array.from({ length: count }, (_, number) => number).every((number) => this.#accountedFor.has(number));
  }

  /** One thing after another, each to a member of its own. */
  #bringForgeries(): void {
    const last = this.#queue.findLast(({ kind }) => kind === "record")?.bytes;
    const changed = last === undefined ? [] : changedBytes(last.length).map((at) => flip(last, at));
    for (const bytes of [...this.#forged, ...changed]) {
      const taken = take(this.#makeMember(), { kind: "record", bytes, sealed: 0 });
      hold(taken === "refused" || this.#standing === "deaf", `a forged record gave "${taken}"`);
    }
    this.#standing = "ended";
  }

  /** A member that has taken what this one has taken so far. */
  #makeMember(): JoinedChannels<"sync"> {
    const { parts, primitives, signer } = this.#model;
    const verifier = primitives.ed25519.verifier(signer.publicKey);
    const member = new parts.JoinedChannels({ primitives, verifier });
    member.join(channelNumber);
    for (const input of this.#inputs) take(member, input);
    return member;
  }
}

/** One byte of each field of a record: type, epochId, step, seq, ciphertext, tag, signature. */
function changedBytes(length: number): readonly number[] {
  return [0, 1, 18, 26, channelRecordBytes.header, length - channelRecordBytes.signature - 1, length - 1];
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.with(at, (bytes[at] as number) ^ 1);
}

function take(member: JoinedChannels<"sync">, { kind, bytes }: Queued): Taken {
  try {
    if (kind !== "record") return isLoss(member[kind](bytes.slice())) ? "lost" : "nothing";
    const opened = member.open(bytes);
    if (opened === undefined) return "nothing";
    return opened.type === "lost" ? "lost" : `content ${opened.content}`;
  } catch (error) {
    // By its code alone: a weakened copy of the sources has an error class of its own.
    if (error instanceof Error && "code" in error && error.code === "channel") return "refused";
    throw error;
  }
}

function isLoss(lost: number | undefined | readonly number[]): boolean {
  return Array.isArray(lost) ? lost.length > 0 : lost !== undefined;
}

import { concatBytes, equalBytes, utf8 } from "@wardwire/crypto/bytes";
import type { ChannelKey } from "@wardwire/crypto/channel-records/channel-announcements";
import { type ChannelLimits, maxRecordContentBytes } from "@wardwire/crypto/channel-records/channel-limits";
import { ChannelSealer } from "@wardwire/crypto/channel-records/channel-sealer";
import type { Primitives, Signer } from "@wardwire/crypto/primitives";
import { cborCodec } from "@wardwire/wire/cbor";
import type { GatewayFrame, HistoryMessage, MessageFrame } from "@wardwire/wire/frames";
import type { Clock } from "../../clock.ts";
import type { Flushable, Turn } from "../../connection/turn.ts";
import type { Departure, Fanout, Member } from "../fanout.ts";
import type { Droppable } from "../segment.ts";
import type { SealedChannelFigures } from "./figures.ts";
import { GatheredFrames, type RecordContent } from "./gathered-frames.ts";
import { LeftOut } from "./left-out.ts";
import { encodedWithin } from "./presence-frames.ts";
import { SealedSegment } from "./sealed-segment.ts";
import type { SealingGate } from "./sealing-gate.ts";
import { StepKey } from "./step-key.ts";

/** What the sealed channels of a process share. */
export interface ChannelSealing {
  readonly primitives: Primitives<"sync">;
  /** Signs the records of this process (RK-4). */
  readonly signer: Signer<"sync">;
  readonly gate: SealingGate;
  readonly figures: SealedChannelFigures;
  readonly turn: Turn;
  readonly clock: Clock;
  /** Something could not be sealed; those it was for are closed. */
  readonly failed: (error: unknown) => void;
  /** Lower than the highest in tests. */
  readonly limits?: Partial<ChannelLimits>;
}

/** One sealed channel. */
export interface SealedFanoutOptions {
  readonly number: number;
  /** The channel's name with its parameters. */
  readonly key: string;
  /** What its messages are where they may be left out. */
  readonly droppable: Droppable | undefined;
}

/**
 * The fan-out of a sealed channel. It gathers the frames of a turn and seals them at its end, once for all members, as one
 * record, or as several of whole frames where they are too many (RK-6). Who joins gets no record of what came before; who
 * has left or been expelled gets nothing from then on, sealed or not (RK-7).
 */
export class SealedFanout implements Fanout, Flushable {
  readonly #sealing: ChannelSealing;
  readonly #number: number;
  readonly #droppable: Droppable | undefined;
  readonly #sealer: ChannelSealer<"sync">;
  readonly #members = new Set<Member>();
  readonly #gathered: GatheredFrames;
  #isWaitingForTurn = false;
  /** Of the step in force. */
  #key: StepKey | undefined;

  constructor(sealing: ChannelSealing, { number, key, droppable }: SealedFanoutOptions) {
    const { primitives, signer, clock, limits = {} } = sealing;
    this.#sealing = sealing;
    this.#number = number;
    this.#droppable = droppable;
    this.#gathered = new GatheredFrames(droppable !== undefined);
    const channelHash = primitives.sha256(utf8(key));
    this.#sealer = new ChannelSealer({ primitives, signer, channelHash, now: () => clock.monotonic(), limits });
  }

  get members(): ReadonlySet<Member> {
    return this.#members;
  }

  add(member: Member): void {
    // What has been gathered is for those who were there before; what must wait still knows that it is.
    this.flush();
    this.#gathered.join(member);
    this.#members.add(member);
    if (this.#members.size === 1) this.#sealing.gate.begin();
  }

  remove(member: Member, why: Departure): void {
    const count = this.#members.size;
    if (!this.#members.delete(member)) return;
    member.outbox.forget(this.#number);
    this.#gathered.leave(member);
    if (why === "expelled") this.#sealer.memberExpelled();
    else this.#sealer.memberLeft(count);
    if (this.#members.size > 0) return;
    this.#gathered.clear();
    this.#sealing.gate.end(this);
  }

  sendMessage(offset: number, message: Uint8Array): void {
    if (this.#members.size === 0) return;
    const stored = JSON.parse(Buffer.from(message).toString("utf8")) as Omit<HistoryMessage, "offset">;
    const frame: MessageFrame = { type: "message", channel: this.#number, offset, ...stored };
    this.#gathered.addMessage(offset, cborCodec.encode(frame) as Uint8Array);
    this.#wait();
  }

  sendFrame(frame: GatewayFrame, except?: ReadonlyMap<Member, number>): void {
    if (this.#members.size === 0) return;
    for (const bytes of encodedWithin(frame, maxRecordContentBytes)) this.#gathered.addFrame(bytes, except);
    this.#wait();
  }

  /** Seals what has been gathered, or lets it wait until it may. Never throws: others of the same turn come after it. */
  flush(): void {
    this.#isWaitingForTurn = false;
    if (this.#gathered.isEmpty) return;
    try {
      const { gate } = this.#sealing;
      if (gate.isOpen) for (const content of this.#gathered.takeAll()) this.#seal(content);
      else if (!gate.wait(this, this.#gathered.byteLength)) this.#giveUp();
    } catch (error) {
      this.#sealing.failed(error);
      this.#giveUp();
    }
  }

  close(): void {
    this.#sealer.dispose();
    this.#retire();
  }

  #wait(): void {
    if (this.#isWaitingForTurn) return;
    this.#isWaitingForTurn = true;
    this.#sealing.turn.addFirst(this);
  }

  #seal(content: RecordContent): void {
    const { frames, isMessages, from, to, isAfterJoin } = content;
    if (isAfterJoin) this.#sealer.memberJoined();
    const { record, keys } = this.#sealer.seal(concatBytes(...frames));
    if (keys !== undefined) this.#enter(keys.key);
    const segment = new SealedSegment({
      channel: this.#number,
      droppable: isMessages ? this.#droppable : undefined,
      frames: frames.length,
      range: { from, to },
      record,
      key: this.#key as StepKey,
      seq: (this.#sealer.position?.nextSeq as number) - 1,
    });
    this.#sealing.figures.records += 1;
    this.#append(segment, content);
  }

  #append(segment: SealedSegment, content: RecordContent): void {
    if (content.isForAll) {
      for (const member of this.#members) member.outbox.append(segment);
      return;
    }
    const leftOut = LeftOut.forNewcomer(segment);
    for (const member of this.#members) member.outbox.append(content.isFor(member) ? segment : leftOut);
  }

  /** A step or an epoch begins. */
  #enter({ epochId, step, previousSeq, secret }: ChannelKey): void {
    const before = this.#key?.epoch;
    const isSame = before !== undefined && equalBytes(before.id, epochId);
    this.#retire();
    this.#key = new StepKey(isSame ? before : { id: epochId, previousSeq }, step, secret);
    if (isSame) this.#sealing.figures.steps += 1;
    else this.#sealing.figures.epochs += 1;
  }

  /** Lets go of the key in force, behind the outboxes that have records of it: they write, or hold it, in this turn. */
  #retire(): void {
    const key = this.#key;
    this.#key = undefined;
    if (key !== undefined) this.#sealing.turn.add({ flush: () => key.release() });
  }

  /** Members would miss something without a word: they are to come back and recover. */
  #giveUp(): void {
    this.#gathered.clear();
    for (const { outbox } of [...this.#members]) outbox.tooMuch();
  }
}

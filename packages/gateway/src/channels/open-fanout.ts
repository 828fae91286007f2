import type { GatewayFrame } from "@wardwire/wire/frames";
import type { Departure, Fanout, Member } from "./fanout.ts";
import { type Droppable, Segment } from "./segment.ts";

/** The fan-out of a channel whose frames are not sealed for it: as they are, in segments that all members share. */
export class OpenFanout implements Fanout {
  readonly #messagePrefix: string;
  readonly #droppable: Droppable | undefined;
  readonly #members = new Set<Member>();
  #segment: Segment | undefined;

  /** @param droppable what its messages are where they may be left out */
  constructor(channel: number, droppable: Droppable | undefined) {
    this.#messagePrefix = `{"type":"message","channel":${channel},"offset":`;
    this.#droppable = droppable;
  }

  get members(): ReadonlySet<Member> {
    return this.#members;
  }

  add(member: Member): void {
    this.#cut();
    this.#members.add(member);
  }

  remove(member: Member, _why: Departure): void {
    this.#cut();
    this.#members.delete(member);
  }

  /** The frame is the bytes behind a prefix: nothing is encoded again (ADR 0005). */
  sendMessage(offset: number, message: Uint8Array): void {
    if (this.#members.size === 0) return;
    const prefix = Buffer.from(`${this.#messagePrefix}${offset},`);
    const rest = message.subarray(1);
    if (this.#segment?.takes(prefix.byteLength + rest.byteLength) !== true) {
      this.#segment = new Segment(this.#droppable);
      for (const member of this.#members) member.outbox.append(this.#segment);
    }
    this.#segment.addMessage(offset, prefix, rest);
  }

  /** In a segment of its own. */
  sendFrame(frame: GatewayFrame, except?: ReadonlyMap<Member, number>): void {
    this.#cut();
    const segment = new Segment();
    segment.add(Buffer.from(JSON.stringify(frame)));
    segment.close();
    for (const member of this.#members) if (except?.has(member) !== true) member.outbox.append(segment);
  }

  close(): void {}

  /** Ends the open segment, so that whoever is in its members' outboxes gets no later frame through it. */
  #cut(): void {
    this.#segment = undefined;
  }
}

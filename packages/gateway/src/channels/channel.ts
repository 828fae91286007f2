import type { StreamItem, StreamPosition } from "@wardwire/cluster/broker";
import type { ChannelDefinition } from "@wardwire/contract";
import type { Json, PresencePushFrame } from "@wardwire/wire/frames";
import type { Outbox } from "../connection/outbox.ts";
import { Segment } from "./segment.ts";

/** A connection as a channel sees it. */
export interface Member {
  readonly outbox: Outbox;
}

/** What tells one channel from another: the contract's name and the checked parameters. */
export interface ChannelAddress {
  readonly name: string;
  readonly params: Json;
  /** Name and canonical parameters; the broker's name for the channel. */
  readonly key: string;
  readonly definition: ChannelDefinition;
}

/** A channel with members in this process, and the fan-out to them. */
export class Channel {
  /** The same for all connections of this process; never used again for another channel. */
  readonly number: number;
  readonly address: ChannelAddress;
  readonly #messagePrefix: string;
  readonly #members = new Set<Member>();
  #position: StreamPosition;
  #segment: Segment | undefined;

  constructor(number: number, address: ChannelAddress, position: StreamPosition) {
    this.number = number;
    this.address = address;
    this.#messagePrefix = `{"type":"message","channel":${number},"offset":`;
    this.#position = position;
  }

  /** The last message that members of this process were sent, or the position they began after. */
  get position(): StreamPosition {
    return this.#position;
  }

  /** Takes a member in: it gets what is delivered from now on and nothing that was delivered before. */
  add(member: Member): void {
    this.#cut();
    this.#members.add(member);
  }

  /** Takes a member out at once. */
  remove(member: Member): void {
    this.#cut();
    this.#members.delete(member);
  }

  /**
   * Sends an item of the stream to every member. Its bytes are the JSON of a `HistoryMessage` without `offset`, so the
   * frame is those bytes behind a prefix: nothing is encoded again (ADR 0005).
   */
  deliver(stream: string, item: StreamItem): void {
    this.#position = { stream, offset: item.offset };
    this.#share(Buffer.from(`${this.#messagePrefix}${item.offset},`), item.bytes.subarray(1));
  }

  /** Tells every member who came or went. */
  announce(change: Pick<PresencePushFrame, "joined" | "left">): void {
    const frame: PresencePushFrame = { type: "presence", channel: this.number, ...change };
    this.#share(Buffer.from(JSON.stringify(frame)));
  }

  #share(...pieces: readonly Uint8Array[]): void {
    if (this.#members.size === 0) return;
    let bytes = 0;
    for (const piece of pieces) bytes += piece.byteLength;
    if (this.#segment?.takes(bytes) !== true) {
      this.#segment = new Segment();
      for (const member of this.#members) member.outbox.append(this.#segment);
    }
    this.#segment.add(...pieces);
  }

  /** Ends the open segment, so that whoever is in its members' outboxes gets no later frame through it. */
  #cut(): void {
    this.#segment = undefined;
  }
}

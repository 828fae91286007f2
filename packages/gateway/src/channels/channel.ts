import type { StreamItem, StreamPosition } from "@wardwire/cluster/broker";
import type { ChannelDefinition } from "@wardwire/contract";
import type { GatewayFrame, Json, NoticeFrame } from "@wardwire/wire/frames";
import type { Clock } from "../clock.ts";
import type { Outbox } from "../connection/outbox.ts";
import type { Turn } from "../connection/turn.ts";
import { type Announcement, Announcements } from "./announcements.ts";
import { deliveryOf, isLossy } from "./delivery.ts";
import { type Droppable, Segment } from "./segment.ts";

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

/** What a channel needs of the gateway. */
export interface ChannelHost {
  readonly turn: Turn;
  readonly clock: Clock;
  /** How many are present in a channel, over all processes. */
  readonly presentCount: (address: ChannelAddress) => Promise<number>;
  /** An item has come that does not follow the last one; it is held back until `release`. */
  readonly onHole: (channel: Channel) => void;
  readonly failed: (error: unknown) => void;
}

/** Items held back at most while an engine is slow to tell what was before them. */
export const maxHeldItems = 1_024;

/** A channel with members in this process, and the fan-out to them. */
export class Channel {
  /** The same for all connections of this process; never used again for another channel. */
  readonly number: number;
  readonly address: ChannelAddress;
  /** Who came and who went. */
  readonly announcements: Announcements<Member>;
  readonly #host: ChannelHost;
  readonly #messagePrefix: string;
  readonly #droppable: Droppable | undefined;
  readonly #members = new Set<Member>();
  #position: StreamPosition;
  #segment: Segment | undefined;
  /** What has come while the items before it are read again. */
  #held: [stream: string, item: StreamItem][] | undefined;

  constructor(number: number, address: ChannelAddress, position: StreamPosition, host: ChannelHost) {
    this.number = number;
    this.address = address;
    this.#host = host;
    this.#messagePrefix = `{"type":"message","channel":${number},"offset":`;
    this.#droppable = droppableOf(number, address.definition);
    this.#position = position;
    this.announcements = new Announcements({
      turn: host.turn,
      clock: host.clock,
      members: this.#members,
      count: () => host.presentCount(address),
      share: (announcement, except) => this.#announce(announcement, except),
      tell: (member, announcement) => member.outbox.push(this.#presenceFrame(announcement)),
      failed: host.failed,
    });
  }

  /** The last message that members of this process were sent, or the position they began after. */
  get position(): StreamPosition {
    return this.#position;
  }

  /** The place before the first item that is held back. */
  get firstHeld(): StreamPosition | undefined {
    const [first] = this.#held ?? [];
    return first && { stream: first[0], offset: first[1].offset - 1 };
  }

  /** Takes a member in: it gets what is delivered from now on and nothing that was delivered before. */
  add(member: Member): void {
    this.#cut();
    this.#members.add(member);
    this.announcements.entered(member);
  }

  /** Takes a member out at once. */
  remove(member: Member): void {
    this.#cut();
    this.#members.delete(member);
    this.announcements.forget(member);
  }

  /**
   * Sends an item of the stream to every member: the next one at once, one that was sent already not again. One behind a
   * hole is held back until what is missing has been read.
   */
  deliver(stream: string, item: StreamItem): void {
    if (this.#held !== undefined) {
      // What there is no room for is read again like what is missing, or told as lost.
      if (this.#held.length >= maxHeldItems) this.#held = [];
      this.#held.push([stream, item]);
    } else if (stream !== this.#position.stream || item.offset > this.#position.offset + 1) {
      this.#held = [[stream, item]];
      this.#host.onHole(this);
    } else if (item.offset > this.#position.offset) {
      this.#send(item);
    }
  }

  /** Holds back what is delivered. @returns false when it is being held back already. */
  hold(): boolean {
    if (this.#held !== undefined) return false;
    this.#held = [];
    return true;
  }

  /** Sends items that have been read again, each the next one. */
  recover(items: readonly StreamItem[]): void {
    for (const item of items) this.#send(item);
  }

  /** Tells every member that what comes next follows `position`, and that something before it is lost. */
  lose(position: StreamPosition): void {
    this.#cut();
    this.#position = position;
    const { stream, offset } = position;
    const notice: NoticeFrame = { type: "notice", code: "position-lost", channel: this.number, stream, offset };
    this.#shareAlone(notice);
  }

  /** Delivers what was held back. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const [stream, item] of held) this.deliver(stream, item);
  }

  /** Ends what would go on by itself. */
  close(): void {
    this.announcements.close();
  }

  /**
   * The item's bytes are the JSON of a `HistoryMessage` without `offset`, so the frame is those bytes behind a prefix:
   * nothing is encoded again (ADR 0005).
   */
  #send({ offset, bytes }: StreamItem): void {
    this.#position = { stream: this.#position.stream, offset };
    if (this.#members.size === 0) return;
    const prefix = Buffer.from(`${this.#messagePrefix}${offset},`);
    const rest = bytes.subarray(1);
    if (this.#segment?.takes(prefix.byteLength + rest.byteLength) !== true) {
      this.#segment = new Segment(this.#droppable);
      for (const member of this.#members) member.outbox.append(this.#segment);
    }
    this.#segment.addMessage(offset, prefix, rest);
  }

  #announce(announcement: Announcement, except?: ReadonlyMap<Member, number>): void {
    this.#shareAlone(this.#presenceFrame(announcement), except);
  }

  #presenceFrame(announcement: Announcement): GatewayFrame {
    return { type: "presence", channel: this.number, ...announcement };
  }

  /** A frame in a segment of its own, which is never left out. */
  #shareAlone(frame: GatewayFrame, except?: ReadonlyMap<Member, number>): void {
    const segment = new Segment();
    segment.add(Buffer.from(JSON.stringify(frame)));
    segment.close();
    for (const member of this.#members) if (except?.has(member) !== true) member.outbox.append(segment);
  }

  /** Ends the open segment, so that whoever is in its members' outboxes gets no later frame through it. */
  #cut(): void {
    this.#segment = undefined;
  }
}

function droppableOf(channel: number, definition: ChannelDefinition): Droppable | undefined {
  const delivery = deliveryOf(definition);
  return delivery === "disconnect" ? undefined : { channel, delivery, announced: !isLossy(definition) };
}

import type { StreamItem, StreamPosition } from "@wardwire/cluster/broker";
import type { ChannelDefinition } from "@wardwire/contract";
import type { GatewayFrame, Json, NoticeFrame } from "@wardwire/wire/frames";
import type { Clock } from "../clock.ts";
import type { Turn } from "../connection/turn.ts";
import { type Announcement, Announcements } from "./announcements.ts";
import { deliveryOf, isLossy } from "./delivery.ts";
import type { Departure, Fanout, Member } from "./fanout.ts";
import { OpenFanout } from "./open-fanout.ts";
import { type ChannelSealing, SealedFanout } from "./sealed/sealed-fanout.ts";
import type { Droppable } from "./segment.ts";
import type { ChannelStore, ItemReading } from "./stored/channel-store.ts";

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
  /** Undefined where the gateway serves no sealed channels. */
  readonly sealing: ChannelSealing | undefined;
  readonly store: ChannelStore;
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
  readonly #fanout: Fanout;
  readonly #reading: ItemReading;
  #position: StreamPosition;
  /** What has come while the items before it are read again. */
  #held: [stream: string, item: StreamItem][] | undefined;

  constructor(number: number, address: ChannelAddress, position: StreamPosition, host: ChannelHost) {
    this.number = number;
    this.address = address;
    this.#host = host;
    this.#fanout = fanoutOf(number, address, host);
    this.#reading = host.store.reading(address);
    this.#position = position;
    this.announcements = new Announcements({
      turn: host.turn,
      clock: host.clock,
      members: this.#fanout.members,
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
    this.#fanout.add(member);
    this.announcements.entered(member);
  }

  /** Takes a member out at once. */
  remove(member: Member, why: Departure): void {
    this.#fanout.remove(member, why);
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
    this.#position = position;
    this.#reading.restart();
    const { stream, offset } = position;
    const notice: NoticeFrame = { type: "notice", code: "position-lost", channel: this.number, stream, offset };
    this.#fanout.sendFrame(notice);
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
    this.#fanout.close();
  }

  /** The next item. One that is not as it must be is told as lost (HR-1.2). */
  #send(item: StreamItem): void {
    const { stream } = this.#position;
    this.#position = { stream, offset: item.offset };
    const message = this.#reading.next(stream, item);
    if (message === undefined) this.lose(this.#position);
    else this.#fanout.sendMessage(item.offset, message);
  }

  #announce(announcement: Announcement, except?: ReadonlyMap<Member, number>): void {
    this.#fanout.sendFrame(this.#presenceFrame(announcement), except);
  }

  #presenceFrame(announcement: Announcement): GatewayFrame {
    return { type: "presence", channel: this.number, ...announcement };
  }
}

/** @throws Error for a sealed channel in a gateway that serves none */
function fanoutOf(number: number, { key, definition }: ChannelAddress, { sealing }: ChannelHost): Fanout {
  const droppable = droppableOf(number, definition);
  if (definition.protection === "transport") return new OpenFanout(number, droppable);
  if (sealing === undefined) throw new Error("this gateway serves no sealed channels, and has one all the same");
  return new SealedFanout(sealing, { number, key, droppable });
}

function droppableOf(channel: number, definition: ChannelDefinition): Droppable | undefined {
  const delivery = deliveryOf(definition);
  return delivery === "disconnect" ? undefined : { channel, delivery, announced: !isLossy(definition) };
}

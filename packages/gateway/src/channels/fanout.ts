import type { GatewayFrame } from "@wardwire/wire/frames";
import type { Outbox } from "../connection/outbox.ts";

/** A connection as a channel sees it. */
export interface Member {
  readonly outbox: Outbox;
}

/**
 * Why a member is one no more: it has left or gone, or it may not be there any longer. Of a sealed channel the latter makes
 * the very next record unreadable for it (RK-7.2).
 */
export type Departure = "left" | "expelled";

/** How the frames of a channel get to the members it has in this process. */
export interface Fanout {
  readonly members: ReadonlySet<Member>;
  /** Takes a member in: it gets what comes from now on and nothing that came before. */
  add(member: Member): void;
  /** Takes a member out at once, if it is one. */
  remove(member: Member, why: Departure): void;
  /** Sends the frame of a message, whose bytes are the JSON of a `HistoryMessage` without `offset`. */
  sendMessage(offset: number, message: Uint8Array): void;
  /** Sends a frame that is never left out, to all members but those of `except`. */
  sendFrame(frame: GatewayFrame, except?: ReadonlyMap<Member, number>): void;
  /** Ends what would go on by itself. */
  close(): void;
}

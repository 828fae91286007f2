import type { ChannelName } from "@wardwire/contract";
import type { demo } from "@wardwire/contracts/demo";

/** The kinds of rooms: the channels of the demo contract that people talk in. */
export type RoomKind = Exclude<ChannelName<typeof demo>, "typing">;

/** Which room: a kind and an id of 1 to 64 of a–z, 0–9 and `-`. */
export interface RoomAddress {
  readonly kind: RoomKind;
  readonly roomId: string;
}

/** An address as one string: tells rooms apart in lists and in what is remembered. */
export function addressKey({ kind, roomId }: RoomAddress): string {
  return `${kind}/${roomId}`;
}

/** Whether two addresses name the same room. */
export function isSameAddress(a: RoomAddress, b: RoomAddress): boolean {
  return a.kind === b.kind && a.roomId === b.roomId;
}

/** Checks a kind of unknown origin. */
export function isRoomKind(value: unknown): value is RoomKind {
  return value === "lobby" || value === "room";
}

/** Checks a room id of unknown origin, as the contract does. */
export function isRoomId(value: unknown): value is string {
  return typeof value === "string" && /^[a-z0-9-]{1,64}$/.test(value);
}

/** A room id made from what a person typed: "Crème Brûlée" becomes `creme-brulee`; empty when nothing is left. */
export function roomIdFrom(text: string): string {
  return text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 64)
    .replace(/-+$/, "");
}

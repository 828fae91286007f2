import type { Protection } from "@wardwire/contract";
import { demo } from "@wardwire/contracts/demo";
import type { RoomKind } from "./state/address.ts";

/** The levels that rooms of this page have. */
export type RoomProtection = Exclude<Protection, "end-to-end">;

/** What a level of protection means to the people in a room. */
export interface ProtectionWords {
  /** Two or three words. */
  readonly name: string;
  /** What it is, in one sentence. */
  readonly summary: string;
  readonly protectsAgainst: readonly string[];
  readonly doesNotProtectAgainst: readonly string[];
}

/** What protects rooms of a kind, by the contract: the client enters none that is protected less (SR-2.1). */
export function protectionOf(kind: RoomKind): RoomProtection {
  return demo.definition.channels[kind].protection;
}

/** The levels of this page's rooms in words. */
export const protectionWords: Readonly<Record<RoomProtection, ProtectionWords>> = {
  transport: {
    name: "Protected by TLS",
    summary: "Everything between this page and the server is encrypted with TLS 1.3.",
    protectsAgainst: [
      "Anyone on the network reading or changing what you write.",
      "Another website using your browser to speak for you.",
      "Somebody in the room sending under your name: the server stamps sender and time.",
    ],
    doesNotProtectAgainst: [
      "The server: it can read the messages and keeps the last 100 for an hour.",
      "A middlebox you or your company trust to open TLS.",
      "The others in the room: they can copy what they read.",
    ],
  },
  sealed: {
    name: "Sealed to the server",
    summary: "Inside TLS there is a second, post-quantum encryption that only the server itself can open.",
    protectsAgainst: [
      "Anyone on the network, and whoever opens TLS on the way: a proxy, a CDN, a middlebox.",
      "Somebody who records the traffic today and breaks TLS years from now.",
      "Somebody in the room sending under your name: the server stamps sender and time.",
    ],
    doesNotProtectAgainst: [
      "The server: it can read the messages and keeps the last 100 for an hour.",
      "The others in the room: they can copy what they read.",
      "Whoever can change this page's script, such as a CDN that delivers it.",
      "Being watched from outside: when you write, how much, and how many are in the room.",
    ],
  },
};

import type { Protection } from "@wardwire/contract";

/** What a level of protection means to the people in a room. */
export interface ProtectionWords {
  /** Two or three words. */
  readonly name: string;
  /** What it is, in one sentence. */
  readonly summary: string;
  readonly protectsAgainst: readonly string[];
  readonly doesNotProtectAgainst: readonly string[];
}

/** The levels of a contract in words. */
export const protectionWords: Readonly<Record<Protection, ProtectionWords>> = {
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
    summary: "Inside TLS there is a second, post-quantum encrypted session that only the server itself can open.",
    protectsAgainst: [
      "Anyone on the network, and proxies or middleboxes that open TLS.",
      "Somebody who records the traffic today and breaks TLS years from now.",
      "Somebody in the room sending under your name: the server stamps sender and time.",
    ],
    doesNotProtectAgainst: [
      "The server: it can read the messages and keeps the last 100 for an hour.",
      "The others in the room: they can copy what they read.",
    ],
  },
  "end-to-end": {
    name: "End-to-end encrypted",
    summary: "Only the devices in this room have the keys. The server passes on what it cannot read.",
    protectsAgainst: ["Anyone on the network.", "The server: it cannot read or change the messages."],
    doesNotProtectAgainst: [
      "The server seeing who is in the room, and when messages are sent.",
      "The others in the room: they can copy what they read.",
    ],
  },
};

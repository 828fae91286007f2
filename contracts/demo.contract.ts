/** The contract of `wardwire dev`: a chat with rooms, small enough to read at once and to be bundled into a page. */
import { defineContract } from "@wardwire/contract";
import * as v from "valibot";

const roomId = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/, "expected 1 to 64 of a-z, 0-9 and -"));

/** A channel's params. */
const room = v.object({ roomId });
const message = v.object({ text: textUpTo(2_000) });
const title = textUpTo(80);

/** Kept so that who comes back, or comes later, finds the conversation. */
const history = { messages: 100, ttlMs: 60 * 60 * 1_000 };

export const demo = defineContract({
  channels: {
    lobby: { params: room, message, protection: "transport", publish: "members", history, presence: true },
    /** A JSON client that joins gets `protection-required`. */
    room: { params: room, message, protection: "sealed", publish: "members", history, presence: true },
    /** Who is typing in the lobby or room of that name; worth nothing a moment later. */
    typing: {
      params: room,
      message: v.object({ isTyping: v.boolean() }),
      protection: "transport",
      publish: "members",
      ephemeral: true,
    },
  },
  commands: {
    /** Answers with the title as it was accepted, and notifies every user present in that lobby or room. */
    renameRoom: { input: v.object({ roomId, title }), output: v.object({ title }) },
  },
  notification: v.object({ roomId, title }),
});

/** Text of 1 to `max` code points: what a person calls characters, more or less, and the same in every language's count. */
function textUpTo(max: number) {
  return v.pipe(
    v.string(),
    v.check(
      (text) => text !== "" && codePointsIn(text) <= max,
      ({ input }) => `expected 1 to ${max} characters, got ${codePointsIn(input)}`,
    ),
  );
}

function codePointsIn(text: string): number {
  return Array.from(text).length;
}

import { defineContract } from "@wardwire/contract";
import * as v from "valibot";

/** A contract with one of everything. */
export const chat = defineContract({
  channels: {
    room: {
      params: v.object({ roomId: v.pipe(v.string(), v.maxLength(8)) }),
      message: v.object({ text: v.pipe(v.string(), v.minLength(1), v.maxLength(20)) }),
      protection: "transport",
      publish: "members",
      history: { messages: 100, ttlMs: 300_000 },
      presence: true,
    },
  },
  commands: {
    renameRoom: {
      input: v.object({ roomId: v.string(), title: v.string() }),
      output: v.object({ title: v.string() }),
    },
  },
  notification: v.object({ text: v.string() }),
});

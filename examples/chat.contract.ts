import { defineContract } from "@wardwire/contract";
import * as v from "valibot";

const params = v.object({ roomId: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/)) });
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(2000));

/** Rooms to talk in, and a command to rename one. Both ends import it. */
export const chat = defineContract({
  channels: {
    room: { params, message: v.object({ text }), protection: "transport", publish: "members", presence: true },
  },
  commands: {
    renameRoom: { input: v.object({ ...params.entries, title: text }), output: v.object({ title: text }) },
  },
});

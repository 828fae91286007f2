import { defineContract } from "@wardwire/contract";
import * as v from "valibot";

/** Rooms that only their members and the gateway can read, whoever ends TLS on the way. Both ends import it. */
export const chat = defineContract({
  channels: {
    room: {
      params: v.object({ roomId: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/)) }),
      message: v.object({ text: v.pipe(v.string(), v.minLength(1), v.maxLength(2000)) }),
      protection: "sealed",
      publish: "members",
    },
  },
});

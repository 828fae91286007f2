/** The application the gateways of the fault tests run: channels whose messages name themselves, and long histories. */
import { defineContract } from "@wardwire/contract";
import { allow } from "@wardwire/gateway";
import { z } from "zod";

/** Long enough for whatever is published while a gateway or a client is away: who comes back has no excuse for a gap. */
const history = { messages: 10_000, bytes: 100_000_000, ttlMs: 3_600_000 };

/** A channel's params. */
const params = z.object({ id: z.string() });
/** `send` is the message's name in the logs; `filling` makes it large. */
const message = z.object({ send: z.string(), filling: z.string() });

/** The contract with all channels under one protection. */
export function logContract(protection: "transport" | "sealed") {
  return defineContract({
    channels: {
      log: { params, message, protection, publish: "members", history },
      /** The same, and tells who is there. */
      crowd: { params, message, protection, publish: "members", history, presence: true },
      /** The same, and little is kept. */
      brief: { params, message, protection, publish: "members", history: { ...history, messages: 5 } },
    },
    commands: {},
  });
}

export const contract = logContract("transport");
export const authorize = () => allow();
export const commands = {};

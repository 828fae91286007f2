import { randomBytes } from "node:crypto";
import { ask, type Exchange, type Protocol } from "./protocol.ts";

/** No protocol that is known here. Many such endpoints echo, and are recognised by that. */
export const bare: Protocol = {
  name: "bare WebSocket",
  text: echo((canary) => `wardwire-check ${canary} äöü €`),
  binary: echo((canary) => Buffer.concat([Buffer.from([0, 0xff, 0x80]), Buffer.from(canary)])),
};

function echo(messageWith: (canary: string) => string | Buffer): Exchange {
  return {
    opening: () => ({}),
    talk: (socket, { timeoutMs }) => {
      const canary = randomBytes(8).toString("hex");
      const message = messageWith(canary);
      const question = {
        message,
        sent: `a ${typeof message === "string" ? "text" : "binary"} message to echo`,
        judge: (answer: Buffer) => (answer.includes(canary) ? ("admitted" as const) : undefined),
      };
      return ask(socket, question, timeoutMs);
    },
  };
}

import { ask, type Protocol } from "./protocol.ts";

/** STOMP 1.0 to 1.2: CONNECT is answered by CONNECTED or ERROR. */
export const stomp: Protocol = {
  name: "STOMP",
  text: {
    opening: () => ({ subprotocols: ["v12.stomp", "v11.stomp", "v10.stomp"] }),
    talk: (socket, { target, timeoutMs, token }) => {
      const authorization = token === undefined ? "" : `Authorization:Bearer ${token}\n`;
      const question = {
        message: `CONNECT\naccept-version:1.0,1.1,1.2\nhost:${target.host}\n${authorization}\n\0`,
        sent: "the frame CONNECT",
        judge: (answer: Buffer) => {
          const command = answer.toString("utf8", 0, 16).trimStart().split(/\r?\n/, 1)[0];
          return command === "CONNECTED" ? "admitted" : command === "ERROR" ? "refused" : undefined;
        },
      };
      return ask(socket, question, timeoutMs);
    },
  },
};

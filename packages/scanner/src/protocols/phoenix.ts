import { ask, jsonObject, type Protocol } from "./protocol.ts";

/** Phoenix channels, serializer version 2: a heartbeat on the topic `phoenix` is replied to. */
export const phoenix: Protocol = {
  name: "Phoenix",
  text: {
    opening: ({ path }) => ({
      path: path.includes("vsn=") ? path : `${path}${path.includes("?") ? "&" : "?"}vsn=2.0.0`,
    }),
    talk: (socket, { timeoutMs }) => {
      const question = {
        message: '[null,"1","phoenix","heartbeat",{}]',
        judge: (answer: Buffer) => {
          const value = jsonObject(answer);
          return Array.isArray(value) && value[3] === "phx_reply" ? ("admitted" as const) : undefined;
        },
      };
      return ask(socket, question, timeoutMs);
    },
  },
};

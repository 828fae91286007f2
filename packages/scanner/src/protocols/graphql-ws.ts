import { ask, jsonObject, type Protocol } from "./protocol.ts";

/** GraphQL over WebSocket: `connection_init` is answered by `connection_ack`, or by a close with 4401 or 4403. */
export const graphqlWs: Protocol = {
  name: "graphql-ws",
  text: {
    opening: () => ({ subprotocols: ["graphql-transport-ws", "graphql-ws"] }),
    talk: (socket, { timeoutMs, token }) => {
      const payload = token === undefined ? {} : { payload: { Authorization: `Bearer ${token}` } };
      const question = {
        message: JSON.stringify({ type: "connection_init", ...payload }),
        sent: 'text {"type":"connection_init"}',
        refusals: [4401, 4403],
        judge: (answer: Buffer) => {
          const type = jsonObject(answer)?.["type"];
          return type === "connection_ack" ? "admitted" : type === "connection_error" ? "refused" : undefined;
        },
      };
      return ask(socket, question, timeoutMs);
    },
  },
};

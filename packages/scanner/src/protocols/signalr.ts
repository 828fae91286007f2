import { ask, jsonObject, type Protocol } from "./protocol.ts";

/** SignalR's hub protocol: a JSON handshake, ended by the record separator, answered by `{}` or `{"error":…}`. */
export const signalr: Protocol = {
  name: "SignalR",
  text: {
    opening: () => ({}),
    talk: (socket, { timeoutMs }) => {
      const question = {
        message: '{"protocol":"json","version":1}\u001e',
        judge: (answer: Buffer) => {
          const [record = "", rest] = answer.toString().split("\u001e");
          const value = rest === undefined ? undefined : jsonObject(record);
          if (value === undefined) return undefined;
          if (typeof value["error"] === "string") return "refused";
          return Object.keys(value).length === 0 ? "admitted" : undefined;
        },
      };
      return ask(socket, question, timeoutMs);
    },
  },
};

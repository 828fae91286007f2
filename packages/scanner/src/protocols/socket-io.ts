import { ask, firstMessage, type Protocol } from "./protocol.ts";

/** Socket.IO 4 over Engine.IO 4: the server opens with `0{…}`, `40` asks for the default namespace. */
export const socketIo: Protocol = {
  name: "Socket.IO",
  text: {
    opening: ({ path }) => {
      const isOwnPath = path.includes("EIO=");
      const separator = path.includes("?") ? "&" : "?";
      return isOwnPath ? {} : { path: `${path}${separator}EIO=4&transport=websocket` };
    },
    talk: async (socket, { timeoutMs, token }) => {
      const first = await firstMessage(socket, timeoutMs);
      const isOpen = first.kind === "frame" && /^0\{.*"sid"/.test(first.frame.payload.toString("utf8", 0, 512));
      if (!isOpen) return { recognised: false, sent: "nothing", evidence: "no Engine.IO open packet" };
      const auth = token === undefined ? "" : JSON.stringify({ token });
      const question = {
        message: `40${auth}`,
        sent: "text 40 (connect to the default namespace)",
        judge: (answer: Buffer) =>
          answer.subarray(0, 2).equals(Buffer.from("40"))
            ? ("admitted" as const)
            : answer.subarray(0, 2).equals(Buffer.from("44"))
              ? ("refused" as const)
              : undefined,
      };
      // The open packet alone proves Engine.IO, whatever becomes of the namespace.
      return { ...(await ask(socket, question, timeoutMs)), recognised: true };
    },
  },
};

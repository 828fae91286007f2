import { ask, type Exchange, jsonObject, type Protocol } from "./protocol.ts";

/** wardwire.v1: the first frame is `connect`, answered by `connected` or `error` (spec/wire-protocol.md). */
export const wardwire: Protocol = {
  name: "wardwire",
  text: exchange("wardwire.v1.json", '{"type":"connect","id":1}', (answer) => {
    const type = jsonObject(answer)?.["type"];
    return type === "connected" ? "admitted" : type === "error" ? "refused" : undefined;
  }),
  // {"id": 1, "type": "connect"} in deterministic CBOR.
  binary: exchange("wardwire.v1.cbor", Buffer.from("a262696401647479706567636f6e6e656374", "hex"), (answer) =>
    answer.includes("iconnected") ? "admitted" : answer.includes("eerror") ? "refused" : undefined,
  ),
};

/** The handshake carries the token in Authorization, so `connect` is without one. */
function exchange(
  subprotocol: string,
  message: string | Uint8Array,
  judge: (answer: Buffer) => "admitted" | "refused" | undefined,
): Exchange {
  const sent = typeof message === "string" ? `text ${message}` : "the frame connect in CBOR";
  return {
    opening: () => ({ subprotocols: [subprotocol] }),
    talk: (socket, { timeoutMs }) => ask(socket, { message, sent, judge, refusals: [4400, 4402, 4408] }, timeoutMs),
  };
}

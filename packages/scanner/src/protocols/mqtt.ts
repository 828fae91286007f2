import { randomBytes } from "node:crypto";
import { ask, type Protocol } from "./protocol.ts";

/** MQTT 3.1.1 over WebSocket: CONNECT is answered by CONNACK, whose fourth byte is 0 for "accepted" (section 3.2). */
export const mqtt: Protocol = {
  name: "MQTT",
  binary: {
    opening: () => ({ subprotocols: ["mqtt"] }),
    talk: (socket, { timeoutMs }) => {
      const question = {
        message: connectPacket(`check${randomBytes(4).toString("hex")}`),
        sent: "the packet CONNECT without user name",
        judge: (answer: Buffer) =>
          answer.length < 4 || answer[0] !== 0x20 ? undefined : answer[3] === 0 ? "admitted" : "refused",
      } as const;
      return ask(socket, question, timeoutMs);
    },
  },
};

/** Protocol level 4, clean session, keep-alive of 60 s. */
function connectPacket(clientId: string): Buffer {
  const header = Buffer.concat([Buffer.from([0, 4]), Buffer.from("MQTT"), Buffer.from([4, 2, 0, 60])]);
  const id = Buffer.concat([Buffer.from([0, clientId.length]), Buffer.from(clientId)]);
  return Buffer.concat([Buffer.from([0x10, header.length + id.length]), header, id]);
}

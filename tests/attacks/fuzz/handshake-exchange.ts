import { connect } from "node:net";
import type { SeededRandom } from "./seeded-random.ts";

/** The head of the HTTP answer; without one when the server closed without a word. */
export interface HandshakeAnswer {
  readonly status: number | undefined;
  readonly head: string;
}

/**
 * Sends bytes on a connection of their own, sometimes in two pieces, and reads the head of the answer. Behind half a
 * request it half-closes, as it does when nothing comes; when nothing comes then either, it rejects.
 */
export function exchange(port: number, bytes: Buffer, random: SeededRandom): Promise<HandshakeAnswer> {
  const cut = random.oneIn(4) ? random.between(0, bytes.length) : bytes.length;
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let received = "";
    const sendRest = () => {
      if (cut < bytes.length) socket.write(bytes.subarray(cut));
      if (!bytes.includes(headEnd)) socket.end();
    };
    socket.on("error", () => {});
    socket.once("connect", () => {
      socket.write(bytes.subarray(0, cut));
      setImmediate(sendRest);
    });
    socket.setTimeout(patienceMs, () => {
      if (!socket.writableEnded) {
        socket.setTimeout(lastPatienceMs).end();
        return;
      }
      socket.destroy();
      reject(new Error(`no answer within ${lastPatienceMs} ms to ${JSON.stringify(bytes.toString("latin1"))}`));
    });
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      const end = received.indexOf(headEnd);
      if (end === -1) return;
      socket.destroy();
      resolve({ status: Number(received.slice(9, 12)), head: received.slice(0, end + 2) });
    });
    socket.once("close", () => resolve({ status: undefined, head: received }));
  });
}

const headEnd = "\r\n\r\n";
const patienceMs = 200;
const lastPatienceMs = 5_000;

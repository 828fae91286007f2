import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { WebSocketServer } from "ws";
import { clientFrame, opcodes, type RawClient } from "../../../packages/gateway/test/host/raw-client.ts";
import { AttackedProcess } from "../fixtures/attacked-process.ts";
import { openAuthenticated, openSession } from "../fixtures/target.ts";

const frames = 1_000_000;
const framesAtOnce = 1_000;
/** Above any rate a machine reaches: what is tried is the frames themselves. */
const rates = {
  messagesPerSecond: 1e9,
  messageBurst: 1e9,
  messagesPerSecondPerIp: 1e9,
  messageBurstPerIp: 1e9,
  bytesPerSecondPerIp: 1e9,
  byteBurstPerIp: 1e9,
  controlFramesPerSecond: 1e9,
  controlFrameBurst: 1e9,
};
const small = clientFrame({ opcode: opcodes.text, payload: '{"type":"pong"}' });
const ping = clientFrame({ opcode: opcodes.ping, payload: "still there?" });

/** Sends messages and a ping behind each lot of them; resolves with how many were sent before a pong did not come. */
async function sendFrames(client: RawClient, count: number): Promise<number> {
  const lot = Buffer.concat([...Array.from({ length: framesAtOnce }, () => small), ping]);
  for (let sent = 0; sent < count; sent += framesAtOnce) {
    client.write(lot);
    const { opcode } = await client.readFrame();
    if (opcode !== opcodes.pong) return sent;
  }
  return count;
}

describe("attack 7: one connection with very many frames", { timeout: 55_000 }, () => {
  test("attack 7: a connection is not closed for the number of its frames (ws#2333)", async (t) => {
    await using gateway = await AttackedProcess.gateway({ limits: rates, dryRun: true });
    await using client = await openAuthenticated(gateway.port);
    const startedAt = performance.now();
    assert.equal(await sendFrames(client, frames), frames);
    const seconds = (performance.now() - startedAt) / 1_000;
    t.diagnostic(`${frames} frames in ${seconds.toFixed(1)} s: ${Math.round(frames / seconds)} a second, 0 closes`);
  });

  test("negative control: a server that counts frames by connection instead of by message closes", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket) => {
      let fragments = 0;
      socket.on("message", () => {
        fragments += 1;
        if (fragments === 16_384) socket.close(1008);
      });
    });
    await using client = await openSession((server.address() as AddressInfo).port);
    assert.ok((await sendFrames(client, 20_000)) < 16_384);
    sockets.close();
    server.close();
  });
});

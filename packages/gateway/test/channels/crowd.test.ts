import assert from "node:assert/strict";
import { test } from "node:test";
import type { GatewayFrame } from "@wardwire/wire/frames";
import { GatewayOnPaper, type PaperSocket } from "../gateway-on-paper.ts";

const join = { type: "join", id: 2, channel: "lobby", params: { roomId: "tea" } } as const;

async function joined(gateway: GatewayOnPaper, user: string): Promise<PaperSocket> {
  const socket = await gateway.connect(user);
  socket.send(join);
  await socket.next("joined");
  return socket;
}

function pushes(frames: readonly GatewayFrame[]) {
  return frames.filter((frame) => frame.type === "presence");
}

const crowd = { maxConnectionsPerUser: 10_000, maxConnectionsPerIp: 10_000, handshakeBurstPerIp: 10_000 };
const limits = { ...crowd, maxUnauthenticated: 10_000, maxUnauthenticatedPerIp: 10_000 };

test("2,000 joins in a row take time in proportion: above 1,000 only how many there are is told (WP-PUSH-6)", async (t) => {
  const gateway = new GatewayOnPaper({ limits });
  const first = await joined(gateway, "first");
  const bytes = { listed: 0, pushed: 0 };
  const seconds: number[] = [];
  for (let quarter = 0; quarter < 4; quarter += 1) {
    const startedAt = performance.now();
    for (let index = 0; index < 500; index += 1) {
      const socket = await joined(gateway, `u${quarter}.${index}`);
      bytes.listed = Math.max(bytes.listed, socket.messages.at(-1)?.byteLength ?? 0);
      gateway.clock.pass(1);
    }
    seconds.push((performance.now() - startedAt) / 1_000);
  }
  gateway.clock.pass(100);
  const frames = await first.drain();
  bytes.pushed = first.messages.reduce((sum, message) => sum + message.byteLength, 0);
  t.diagnostic(`2,000 joins: ${seconds.map((each) => each.toFixed(2)).join(" + ")} s for each 500`);
  t.diagnostic(`${pushes(frames).length} pushes with ${bytes.pushed} bytes to the first; target: under 500 pushes`);
  assert.ok(pushes(frames).length < 500);
  assert.equal(pushes(frames).at(-1)?.presentCount, 2_001);
  assert.ok(bytes.pushed < 400_000, `${bytes.pushed} bytes, no more than the first 1,000 names and some counts`);
  const last = await gateway.connect("last");
  last.send(join);
  const { present, presentCount } = await last.next("joined");
  assert.deepEqual([present?.length, presentCount], [1_000, 2_002]);
});

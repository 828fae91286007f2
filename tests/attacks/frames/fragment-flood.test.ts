import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { clientFrame, opcodes, type RawClient } from "../../../packages/gateway/test/host/raw-client.ts";
import { AttackedProcess } from "../fixtures/attacked-process.ts";
import { endsWithin, openAuthenticated, openSession } from "../fixtures/target.ts";

/** The beginning of a message and then fragments, none of them the last. */
const begin = clientFrame({ opcode: opcodes.text, payload: "x", fin: false });
const fragmentsAtOnce = 10_000;
const maxGrowthMiB = 64;

/** Sends fragments as fast as they are taken, until there were `count` or the connection has ended. */
async function flood(client: RawClient, payload: "x" | "", count: number): Promise<void> {
  const fragment = clientFrame({ opcode: opcodes.continuation, payload, fin: false });
  const many = Buffer.concat(Array.from({ length: fragmentsAtOnce }, () => fragment));
  client.write(begin);
  for (let sent = 0; sent < count && client.socket.writable; sent += fragmentsAtOnce) {
    if (client.socket.write(many)) continue;
    const drained = new Promise((resolve) => client.socket.once("drain", resolve));
    await Promise.race([drained, client.closed]);
  }
}

describe("attack 1: a flood of fragments (CVE-2026-48779, ws#2331, CVE-2026-12151)", { timeout: 40_000 }, () => {
  const limits = { closeTimeoutMs: 200, maxUnauthenticatedPerIp: 100, maxConnectionsPerUser: 100 };
  const shapes = [
    { payload: "x", what: "one-byte" },
    { payload: "", what: "empty" },
  ] as const;
  for (const { payload, what } of shapes) {
    for (const sockets of [1, 100]) {
      test(`attack 1: a flood of ${what} fragments on ${sockets} socket(s) is cut off with 1008 or 1009 (CVE-2026-48779, R26)`, async (t) => {
        await using gateway = await AttackedProcess.gateway({ limits });
        await gateway.assertServes();
        const before = await gateway.peakMiB();
        await Promise.all(Array.from({ length: sockets }, () => attack(gateway, payload, 500_000 / sockets)));
        await gateway.assertServes();
        report(t, before, await gateway.peakMiB());
      });
    }
  }

  test("attack 1: as many fragments as a message may have are one message (R26)", async () => {
    await using gateway = await AttackedProcess.gateway();
    await using client = await openAuthenticated(gateway.port);
    const frame = `{"type":"presence","id":2,"channel":1${" ".repeat(217)}}`;
    assert.equal(frame.length, 255);
    const fragments = [...frame].map((payload, i) =>
      clientFrame({ opcode: i === 0 ? opcodes.text : opcodes.continuation, payload, fin: false }),
    );
    client.write(...fragments, clientFrame({ opcode: opcodes.continuation, payload: "", fin: true }));
    assert.match((await client.readFrame()).payload.toString(), /"id":2,"code":"not-joined"/);
  });

  test("negative control: ws 8.20.0 in a heap of 256 MiB dies of it", async (t) => {
    await using server = await AttackedProcess.start("old/ws-fragments.ts", { heapMiB: 256 });
    await using client = await openSession(server.port);
    await flood(client, "x", 5_000_000);
    const { signal, stderr } = await server.ended;
    assert.equal(signal, "SIGABRT");
    assert.match(stderr, /heap out of memory/);
    t.diagnostic(`${(client.socket.bytesWritten / 1_048_576).toFixed(1)} MiB on the wire`);
  });

  async function attack(gateway: AttackedProcess, payload: "x" | "", count: number): Promise<void> {
    await using client = await openAuthenticated(gateway.port);
    const sent = flood(client, payload, count);
    assert.ok([1008, 1009].includes(await client.readCloseCode()));
    await sent;
    assert.equal(await endsWithin(client, 10_000), true);
  }

  function report(t: TestContext, before: number, peak: number): void {
    t.diagnostic(`RSS ${before.toFixed(0)} MiB, at most ${peak.toFixed(0)} MiB`);
    assert.ok(peak - before < maxGrowthMiB, `grew by ${(peak - before).toFixed(0)} MiB`);
  }
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, type TestContext, test } from "node:test";
import fc from "fast-check";
import { WebSocketServer } from "ws-8.20.0";
import { nodeHost } from "../../../packages/gateway/src/host/node.ts";
import { opcodes } from "../../../packages/gateway/test/host/raw-client.ts";
import { TestHost } from "../../../packages/gateway/test/host/test-host.ts";
import { openSession } from "../fixtures/target.ts";

/** RFC 6455 §5.5: 125 bytes, of which the code takes two. */
const maxReasonBytes = 123;
const longestCodePoint = 4;
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: "grapheme", maxLength: 200 }),
);
/** What a caller without types may pass instead. */
const noText = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.uint16Array({ maxLength: 60 }),
  fc.float64Array({ maxLength: 30 }),
  fc.constantFrom(undefined, null, 0, 77, true, [], [1, 2], {}, { length: 100 }, new ArrayBuffer(100)),
);

describe("attack 5: a close reason that is no string", { timeout: 30_000 }, () => {
  test("attack 5: a close frame holds the reason's own UTF-8 and nothing else (CVE-2026-45736, R36)", async (t) => {
    await using host = await TestHost.start(nodeHost, { tls: "none" });
    const property = fc.asyncProperty(anyText, async (reason) => {
      const { client, server } = await host.open();
      server.socket.close(4400, reason);
      const { opcode, payload } = await client.readFrame();
      await client[Symbol.asyncDispose]();
      assert.equal(opcode, opcodes.close);
      assert.equal(payload.readUInt16BE(0), 4400);
      const sent = payload.subarray(2);
      const whole = Buffer.from(reason.toWellFormed());
      assert.deepEqual(sent, whole.subarray(0, sent.length));
      const mostCut = whole.length > maxReasonBytes ? whole.length - maxReasonBytes + longestCodePoint - 1 : 0;
      assert.ok(whole.length - sent.length <= mostCut, `${sent.length} of ${whole.length} bytes`);
    });
    await holds(t, property);
  });

  test("attack 5: what is no string is refused and sends nothing (CVE-2026-45736)", async (t) => {
    await using host = await TestHost.start(nodeHost, { tls: "none" });
    const { client, server } = await host.open();
    const property = fc.asyncProperty(noText, async (reason) => {
      assert.throws(() => server.socket.close(4400, reason as string), { code: "ERR_INVALID_ARG_TYPE" });
    });
    await holds(t, property);
    server.socket.close(4400, "a reason");
    assert.deepEqual((await client.readFrame()).payload.subarray(2), Buffer.from("a reason"));
  });

  test("negative control: ws 8.20.0 sends more bytes than the reason has, from memory it did not write", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const sockets = new WebSocketServer({ server });
    // 50 numbers in 100 bytes: it takes the room of the one and writes the other.
    const reason = new Uint16Array(50).fill(1) as unknown as Buffer;
    sockets.on("connection", (socket) => socket.close(4400, reason));
    await using client = await openSession((server.address() as AddressInfo).port);
    const { payload } = await client.readFrame();
    assert.equal(payload.length, 2 + 100);
    assert.deepEqual(payload.subarray(2, 52), Buffer.alloc(50, 1));
    sockets.close();
    server.close();
  });
});

async function holds<T>(t: TestContext, property: fc.IAsyncProperty<T>): Promise<void> {
  const result = await fc.check(property, { numRuns: 300 });
  t.diagnostic(`${result.numRuns} reasons, seed ${result.seed}`);
  if (result.failed) throw new Error(fc.defaultReportMessage(result), { cause: result.errorInstance });
}

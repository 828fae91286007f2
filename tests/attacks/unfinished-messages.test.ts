import assert from "node:assert/strict";
import { test } from "node:test";
import { clientFrame, opcodes, type RawClient } from "../../packages/gateway/test/host/raw-client.ts";
import { drip, endsWithin, guardedTarget, openAuthenticated, openSession, weakTarget } from "./fixtures/target.ts";

/** The first 50,000 bytes of a message that never ends. */
const begun = clientFrame({ opcode: opcodes.text, payload: "x".repeat(50_000), fin: false });
const fragment = clientFrame({ opcode: opcodes.continuation, payload: "x", fin: false });
const ping = clientFrame({ opcode: opcodes.ping });

async function closeCodeAfterPongs(client: RawClient): Promise<number> {
  for (;;) {
    const { opcode, payload } = await client.readFrame();
    if (opcode === opcodes.close) return payload.readUInt16BE(0);
    assert.equal(opcode, opcodes.pong);
  }
}

/** Signs of life in between do not help. */
function trickle(client: RawClient): void {
  client.write(begun);
  drip(
    client,
    Array.from({ length: 30 }).flatMap(() => [fragment, ping]),
  );
}

test("a message that never ends is closed after messageTimeoutMs (R27)", { timeout: 6_000 }, async () => {
  await using target = await guardedTarget({ messageTimeoutMs: 300, closeTimeoutMs: 200 }, "plain");
  await using client = await openAuthenticated(target.port);
  trickle(client);
  assert.equal(await closeCodeAfterPongs(client), 4409);
  assert.equal(await endsWithin(client, 3_000), true);
});

test("all unfinished messages together stay within maxIncompleteBytesTotal (R27)", { timeout: 6_000 }, async () => {
  const limits = { maxIncompleteBytesTotal: 130_000, closeTimeoutMs: 200 };
  await using target = await guardedTarget(limits, "plain");
  await using first = await openAuthenticated(target.port);
  await using second = await openAuthenticated(target.port);
  await using third = await openAuthenticated(target.port);
  for (const client of [first, second]) {
    client.write(begun, ping);
    assert.equal((await client.readFrame()).opcode, opcodes.pong);
  }
  third.write(begun, ping);
  assert.equal(await closeCodeAfterPongs(third), 1013);
  await third.closed;
  await using fourth = await openAuthenticated(target.port);
  fourth.write(clientFrame({ opcode: opcodes.text, payload: "x".repeat(20_000), fin: false }), ping);
  assert.equal((await fourth.readFrame()).opcode, opcodes.pong, "what the third held is given back");
});

test("negative control: ws alone keeps what has come for as long as it likes", { timeout: 6_000 }, async () => {
  await using target = await weakTarget("plain");
  await using client = await openSession(target.port);
  trickle(client);
  assert.equal(await endsWithin(client, 1_500), false);
});

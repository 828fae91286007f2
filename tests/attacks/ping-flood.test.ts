import assert from "node:assert/strict";
import { test } from "node:test";
import { clientFrame, opcodes, type RawClient } from "../../packages/gateway/test/host/raw-client.ts";
import { guardedTarget, openAuthenticated, openSession, weakTarget } from "./fixtures/target.ts";

const pings = 500;

function flood(client: RawClient, opcode: number): void {
  for (let sent = 0; sent < pings; sent += 1) client.write(clientFrame({ opcode, payload: "?" }));
}

/** The pongs that came before the close code, or `pings` of them. */
async function answers(client: RawClient): Promise<{ readonly pongs: number; readonly code?: number }> {
  for (let pongs = 0; ; pongs += 1) {
    if (pongs === pings) return { pongs };
    const frame = await client.readFrame();
    if (frame.opcode === opcodes.close) return { pongs, code: frame.payload.readUInt16BE(0) };
  }
}

for (const name of ["ping", "pong"] as const) {
  test(`a flood of ${name}s that reads every answer is closed with 4429 (R29)`, { timeout: 6_000 }, async () => {
    await using target = await guardedTarget({ closeTimeoutMs: 200 }, "plain");
    await using client = await openAuthenticated(target.port);
    flood(client, opcodes[name]);
    const { pongs, code } = await answers(client);
    assert.equal(code, 4429);
    assert.ok(pongs < 100, `${pongs} pongs`);
  });
}

test("the pings of an honest client are answered (R29)", { timeout: 6_000 }, async () => {
  await using target = await guardedTarget({}, "plain");
  await using client = await openAuthenticated(target.port);
  for (let sent = 0; sent < 20; sent += 1) client.write(clientFrame({ opcode: opcodes.ping, payload: "?" }));
  for (let read = 0; read < 20; read += 1) assert.equal((await client.readFrame()).opcode, opcodes.pong);
});

test("negative control: ws alone answers every one", { timeout: 6_000 }, async () => {
  await using target = await weakTarget("plain");
  await using client = await openSession(target.port);
  flood(client, opcodes.ping);
  assert.deepEqual(await answers(client), { pongs: pings });
});

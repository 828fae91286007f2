import assert from "node:assert/strict";
import { test } from "node:test";
import { endsWithin, guardedTarget, openAuthenticated, openSession, weakTarget } from "./fixtures/target.ts";

/** The header of a masked binary frame of 2^40 bytes, and the first few of them. */
const bomb = Buffer.from("82ff00000100000000001234567800000000", "hex");

test("a frame that announces 2^40 bytes is refused by its header alone, with 1009 (R25)", {
  timeout: 6_000,
}, async () => {
  await using target = await guardedTarget({ closeTimeoutMs: 200 }, "plain");
  await using client = await openAuthenticated(target.port);
  client.write(bomb);
  assert.equal(await client.readCloseCode(), 1009);
  assert.equal(await endsWithin(client, 3_000), true);
});

test("negative control: ws without maxPayload takes what comes", { timeout: 6_000 }, async () => {
  await using target = await weakTarget("plain");
  await using client = await openSession(target.port);
  client.write(bomb);
  assert.equal(await endsWithin(client, 1_000), false);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { endsWithin, guardedTarget, openAuthenticated, openSession, weakTarget } from "./fixtures/target.ts";

const limits = { heartbeatMs: 200, closeTimeoutMs: 200 };

test("a peer that answers neither ping nor close is gone after two heartbeats (R32)", { timeout: 6_000 }, async () => {
  await using target = await guardedTarget(limits, "plain");
  await using client = await openAuthenticated(target.port);
  assert.match((await client.readFrame()).payload.toString(), /"ping"/);
  assert.equal(await client.readCloseCode(), 4409);
  assert.equal(await endsWithin(client, 3_000), true, "without the peer's close frame");
});

test("a peer that never authenticates is gone after authenticationTimeoutMs (R18)", { timeout: 6_000 }, async () => {
  await using target = await guardedTarget({ ...limits, authenticationTimeoutMs: 150 }, "plain");
  await using client = await openSession(target.port);
  assert.equal(await client.readCloseCode(), 4408);
  assert.equal(await endsWithin(client, 3_000), true);
});

test("negative control: ws alone keeps a silent peer", { timeout: 6_000 }, async () => {
  await using target = await weakTarget("plain");
  await using client = await openSession(target.port);
  assert.equal(await endsWithin(client, 1_500), false);
});

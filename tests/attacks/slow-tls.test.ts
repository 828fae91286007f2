import assert from "node:assert/strict";
import { test } from "node:test";
import { RawClient } from "../../packages/gateway/test/host/raw-client.ts";
import { drip, endsWithin, guardedTarget, type Target, weakTarget } from "./fixtures/target.ts";

/** A ClientHello whose record announces 512 bytes, byte by byte. */
async function attack({ port }: Target): Promise<RawClient> {
  const client = await RawClient.connect(port);
  const begun = Buffer.from("1603010200010001fc0303", "hex");
  drip(client, [begun, ...Array.from({ length: 400 }, () => Buffer.from([0]))]);
  return client;
}

test("a TLS handshake that never ends is cut off (R18)", { timeout: 6_000 }, async () => {
  await using target = await guardedTarget({ handshakeTimeoutMs: 400 }, "tls");
  await using client = await attack(target);
  assert.equal(await endsWithin(client, 3_000), true);
});

test("negative control: Node alone keeps it", { timeout: 6_000 }, async () => {
  await using target = await weakTarget("tls");
  await using client = await attack(target);
  assert.equal(await endsWithin(client, 1_500), false);
});

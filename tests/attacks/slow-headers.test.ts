import assert from "node:assert/strict";
import { test } from "node:test";
import { RawClient } from "../../packages/gateway/test/host/raw-client.ts";
import { drip, endsWithin, guardedTarget, type Target, weakTarget } from "./fixtures/target.ts";

/** An opening handshake of which a header comes every 30 ms (Slowloris). */
async function attack({ port }: Target): Promise<RawClient> {
  const client = await RawClient.connect(port);
  client.write("GET /ws HTTP/1.1\r\nHost: localhost\r\n");
  drip(
    client,
    Array.from({ length: 80 }, (_, index) => `X-${index}: 1\r\n`),
  );
  return client;
}

test("headers that never end are answered 408 and cut off (R18)", { timeout: 6_000 }, async () => {
  await using target = await guardedTarget({ handshakeTimeoutMs: 400 }, "plain");
  await using client = await attack(target);
  assert.equal((await client.readResponse()).status, 408);
  assert.equal(await endsWithin(client, 3_000), true);
});

test("negative control: Node alone waits on", { timeout: 6_000 }, async () => {
  await using target = await weakTarget("plain");
  await using client = await attack(target);
  assert.equal(await endsWithin(client, 1_500), false);
});

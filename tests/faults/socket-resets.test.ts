import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Cable } from "../end-to-end/fixtures/cable.ts";
import { Load } from "./system/load.ts";
import { LoggedClient } from "./system/logged-client.ts";
import { SqliteGateway } from "./system/sqlite-gateway.ts";
import { assertGuarantee, type Verdict } from "./system/verdict.ts";

const rounds = process.env["WARDWIRE_FAULTS"] === "full" ? 400 : 30;

/** From the first acknowledgement of a round to the reset, at most. */
const longestLifeMs = 100;

/** Comes back at once. */
const atOnce = { random: () => 0 };

test(`${rounds} resets, between messages and inside them, lose, repeat and reorder nothing (R44)`, {
  timeout: rounds * 2_000,
}, async (t) => {
  const { gaps } = await publishThroughResets(t, "log");
  assert.equal(gaps, 0, "the history has everything");
});

test(`where the history is short, ${rounds} resets lose nothing of which nobody is told`, {
  timeout: rounds * 2_000,
}, async (t) => {
  const { gaps } = await publishThroughResets(t, "brief");
  assert.ok(gaps > 0, "some were away for longer than it reaches");
});

test("who was away for longer than the history reaches is told what it misses, and misses nothing else", {
  timeout: 30_000,
}, async () => {
  await using gateway = await SqliteGateway.start();
  await using cable = await Cable.to(gateway.port);
  const place = { channel: "brief", id: "tea" } as const;
  await using alice = await LoggedClient.join(gateway, "alice", place);
  await using bob = await LoggedClient.join(gateway, "bob", place, { ...atOnce, port: cable.port });
  await alice.publish("before");
  await bob.received("before");
  const gap = once(bob.channel, "gap");
  cable.pullOut();
  for (let count = 0; count < 20; count += 1) await alice.publish(`meanwhile-${count}`);
  cable.plugIn();
  await gap;
  const { gaps } = await assertGuarantee([alice, bob]);
  assert.deepEqual([gaps, bob.receivedAt("meanwhile-0")], [1, undefined]);
});

async function publishThroughResets(t: TestContext, channel: "log" | "brief"): Promise<Verdict> {
  const seed = process.env["WARDWIRE_SEED"] ?? String(Date.now());
  t.diagnostic(`WARDWIRE_SEED ${seed}`);
  await using gateway = await SqliteGateway.start();
  await using stack = new AsyncDisposableStack();
  const cables = [stack.use(await Cable.to(gateway.port)), stack.use(await Cable.to(gateway.port))];
  const clients: LoggedClient[] = [];
  for (let index = 0; index < 6; index += 1) {
    const encoding = index < 3 ? "json" : "cbor";
    const options = { ...atOnce, encoding, port: cables[index % 2]?.port ?? 0 } as const;
    clients.push(stack.use(await LoggedClient.join(gateway, `user-${index}`, { channel, id: "tea" }, options)));
  }
  // One whom no reset reaches: what happens to others is nothing to it.
  const witness = stack.use(await LoggedClient.join(gateway, "witness", { channel, id: "tea" }));
  const load = new Load(clients, { inFlight: 4, pauseMs: 2, fillingLength: 2_000 });
  for (let round = 0; round < rounds; round += 1) {
    await load.acknowledgement;
    const chance = createHash("sha256").update(`${seed} ${round}`).digest();
    await delay(chance.readUInt16BE() % longestLifeMs);
    const cable = cables[chance.readUInt8(2) % 2];
    if (chance.readUInt8(3) % 4 > 0) {
      cable?.tear();
    } else {
      cable?.pullOut();
      cable?.plugIn();
    }
  }
  await load.stop();
  const verdict = await assertGuarantee([witness, ...clients]);
  const connections = cables.reduce((sum, cable) => sum + cable.connections, 0);
  const { acknowledged, received, repetitions, gaps } = verdict;
  t.diagnostic(`${rounds} resets, ${connections} connections of ${clients.length} clients`);
  t.diagnostic(`${repetitions} lost acknowledgements made good, ${gaps} gaps told`);
  t.diagnostic(`${acknowledged} acknowledged, ${received} received, 0 violations (target 0)`);
  assert.deepEqual([gateway.failures, clients.flatMap(({ failures }) => failures), witness.count("gap")], [[], [], 0]);
  assert.ok(connections >= rounds, "the resets met connections");
  return verdict;
}

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { phase } from "../end-to-end/fixtures/demo-client.ts";
import { runWardwire } from "../end-to-end/fixtures/wardwire.ts";
import { checkLogs } from "./checker/check-logs.ts";
import { Load } from "./system/load.ts";
import { LoggedClient } from "./system/logged-client.ts";
import { SqliteGateway } from "./system/sqlite-gateway.ts";
import { assertGuarantee } from "./system/verdict.ts";

/** A hundred with WARDWIRE_FAULTS=full, which takes minutes. */
const rounds = process.env["WARDWIRE_FAULTS"] === "full" ? 100 : 8;

/** From the first acknowledgement of a round to the kill, at most. */
const longestLifeMs = 300;

/** Comes back at once: what is tested is what it finds then. */
const atOnce = { random: () => 0 };

test(`of ${rounds} gateways killed while publishing none loses, repeats or reorders a message (R44)`, {
  timeout: rounds * 10_000,
}, async (t) => {
  const seed = process.env["WARDWIRE_SEED"] ?? String(Date.now());
  t.diagnostic(`WARDWIRE_SEED ${seed}`);
  await using gateway = await SqliteGateway.start();
  await using stack = new AsyncDisposableStack();
  const clients: LoggedClient[] = [];
  for (let index = 0; index < 8; index += 1) {
    const place = { channel: "log", id: index % 2 === 0 ? "tea" : "milk" } as const;
    const encoding = index < 4 ? "json" : "cbor";
    clients.push(stack.use(await LoggedClient.join(gateway, `user-${index}`, place, { ...atOnce, encoding })));
  }
  const load = new Load(clients.slice(2, 6), { inFlight: 4, pauseMs: 10 });
  for (let round = 0; round < rounds; round += 1) {
    await load.acknowledgement;
    const instant = createHash("sha256").update(`${seed} ${round}`).digest().readUInt16BE() % longestLifeMs;
    await delay(instant);
    await gateway.kill();
    await gateway.restart();
  }
  await load.stop();
  const { acknowledged, received, repetitions, gaps } = await assertGuarantee(clients);
  t.diagnostic(`${rounds} rounds: ${acknowledged} acknowledged, ${received} received, 0 violations (target 0)`);
  t.diagnostic(`${repetitions} lost acknowledgements made good, ${gaps} gaps (target 0)`);
  assert.deepEqual([gaps, clients.flatMap(({ failures }) => failures)], [0, []]);
});

test("a revocation is in force after the kill that followed it (R40)", { timeout: 60_000 }, async () => {
  await using gateway = await SqliteGateway.start();
  const join = (name: string): Promise<LoggedClient> =>
    LoggedClient.join(gateway, name, { channel: "log", id: "tea" }, atOnce);
  await using alice = await join("alice");
  await using bob = await join("bob");
  await using mallory = await join("mallory");
  await alice.publish("before");
  await Promise.all([bob, mallory].map((client) => client.received("before")));
  const closed = phase(mallory.client, "closed");
  const { code, stderr } = await runWardwire(["revoke", "--user", "mallory", "--data", gateway.dataFolder]);
  mallory.revoked();
  await gateway.kill();
  assert.equal(code, 0, stderr);
  assert.equal((await closed).reason.closeCode, 4403);
  await gateway.restart();
  await assert.rejects(join("mallory"), { code: "token-refused" });
  // Whoever is still in is no worse off.
  assert.equal((await assertGuarantee([alice, bob])).gaps, 0);
  assert.deepEqual(checkLogs([alice, bob, mallory].map(({ log }) => log)), []);
  assert.equal(mallory.count("received"), 1);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { Cable } from "../end-to-end/fixtures/cable.ts";
import { until } from "./system/figures.ts";
import { Load } from "./system/load.ts";
import { LoggedClient } from "./system/logged-client.ts";
import { SqliteGateway } from "./system/sqlite-gateway.ts";
import { assertGuarantee } from "./system/verdict.ts";

const vanishing = 100;
const heartbeatMs = 1_000;
const closeTimeoutMs = 500;
/** What a busy machine may be late by. */
const toleranceMs = 500;

test(`${vanishing} clients that vanish without a FIN are gone after two heartbeats, and come back whole (R32)`, {
  timeout: 60_000,
}, async (t) => {
  await using gateway = await SqliteGateway.start({ limits: { heartbeatMs, closeTimeoutMs } });
  await using cable = await Cable.to(gateway.port);
  await using stack = new AsyncDisposableStack();
  const join = async (name: string, port: number): Promise<LoggedClient> => {
    const options = { random: () => 0, limits: { connectTimeoutMs: 1_000 }, port };
    return stack.use(await LoggedClient.join(gateway, name, { channel: "crowd", id: "tea" }, options));
  };
  const staying = await Promise.all(Array.from({ length: 3 }, (_, index) => join(`staying-${index}`, gateway.port)));
  const [witness] = staying;
  const descriptors = gateway.descriptors;
  const names = Array.from({ length: vanishing }, (_, index) => `vanishing-${index}`);
  const gone = await Promise.all(names.map((name) => join(name, cable.port)));
  assert.ok(gateway.descriptors >= descriptors + vanishing || descriptors === 0);
  const heard = gone.map(({ client }) => lossCode(client));

  const load = new Load(staying.slice(0, 1), { inFlight: 2, pauseMs: 20 });
  await load.acknowledgement;
  const vanished = performance.now();
  cable.fallSilent();
  await until(() => witness?.channel.present.length === staying.length - 1, 20_000, "nobody else is present");
  const reapedMs = performance.now() - vanished;
  await until(() => gateway.descriptors <= descriptors, 20_000, "the descriptors are back");
  const freedMs = performance.now() - vanished;
  await until(() => gateway.disconnections.length >= vanishing, 5_000, "the log says so");
  const reaped = gateway.disconnections.filter(({ code }) => code === 4409);
  const codes = new Set(await Promise.all(heard));
  const heardMs = performance.now() - vanished;
  cable.plugIn();
  await load.stop();
  const { received, gaps } = await assertGuarantee([...staying, ...gone]);

  t.diagnostic(
    `${reaped.length} reaped (target ${vanishing}), the last ${reapedMs.toFixed(0)} ms after (target ${2 * heartbeatMs} ms)`,
  );
  t.diagnostic(`descriptors back after ${freedMs.toFixed(0)} ms (target ${2 * heartbeatMs + closeTimeoutMs} ms)`);
  t.diagnostic(`the last client noticed after ${heardMs.toFixed(0)} ms`);
  t.diagnostic(`${received} received, 0 violations (target 0), ${gaps} gaps (target 0)`);
  assert.deepEqual(reaped.map(({ user }) => user).toSorted(), names.toSorted());
  assert.ok(reapedMs <= 2 * heartbeatMs + toleranceMs, `the last was reaped after ${reapedMs} ms`);
  assert.ok(freedMs <= 2 * heartbeatMs + closeTimeoutMs + toleranceMs, `descriptors back after ${freedMs} ms`);
  assert.deepEqual([...codes], ["heartbeat-lost"]);
  assert.equal(gaps, 0);
  assert.deepEqual(gateway.failures, []);
});

/** Why a client lost its connection, once it does. */
function lossCode(client: LoggedClient["client"]): Promise<string> {
  return new Promise((resolve) => {
    client.addEventListener("state", ({ detail }) => {
      if (detail.phase === "waiting") resolve(detail.reason.code);
    });
  });
}

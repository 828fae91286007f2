import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repositoryRoot } from "../../tools/repository-files.ts";
import { Cable } from "../end-to-end/fixtures/cable.ts";
import { p99LatencyMs, until } from "./system/figures.ts";
import { Load } from "./system/load.ts";
import { LoggedClient } from "./system/logged-client.ts";
import { SqliteGateway } from "./system/sqlite-gateway.ts";
import { assertGuarantee } from "./system/verdict.ts";

const sleepers = 5;
const maxOutboundBytes = 1_048_576;
const fillingLength = 16_000;
/** Published while the sleepers sleep: more than the sockets of the system take, and far more than the cap. */
const floodedMessages = (16 * 1_048_576) / fillingLength;
/** Published before, to compare with. */
const warmingUp = 300;
/** What a heap takes between two collections, whoever reads. */
const slackBytes = 64 * 1_048_576;
/** An undisturbed p99 below this is the length of a garbage collection or of a time slice: it counts as this. */
const noiseMs = 25;

test(`${sleepers} clients that stop reading are closed at the cap and recover, and nobody else notices (R26)`, {
  timeout: 60_000,
}, async (t) => {
  await using gateway = await SqliteGateway.start({ limits: { maxOutboundBytes, closeTimeoutMs: 500 } });
  await using cable = await Cable.to(gateway.port);
  await using stack = new AsyncDisposableStack();
  const join = async (name: string, port: number): Promise<LoggedClient> =>
    stack.use(await LoggedClient.join(gateway, name, { channel: "log", id: "tea" }, { random: () => 0, port }));
  const others = await Promise.all(Array.from({ length: 4 }, (_, index) => join(`other-${index}`, gateway.port)));
  const asleep = await Promise.all(
    Array.from({ length: sleepers }, (_, index) => join(`sleeper-${index}`, cable.port)),
  );

  const begin = performance.now();
  const load = new Load(others.slice(0, 2), { inFlight: 4, pauseMs: 5, fillingLength });
  await until(() => load.acknowledged >= warmingUp, 20_000, "the first messages are published");
  const stalled = performance.now();
  const residentBytes = gateway.residentBytes;
  let mostBytes = residentBytes;
  cable.stall();
  await until(
    () => {
      mostBytes = Math.max(mostBytes, gateway.residentBytes);
      return load.acknowledged >= warmingUp + floodedMessages;
    },
    30_000,
    "the flood is published",
  );
  const end = performance.now();
  await until(() => gateway.disconnections.length >= sleepers, 10_000, "the sleepers are closed");
  await load.stop();
  const closed = gateway.disconnections;
  cable.plugIn();
  const { received, gaps } = await assertGuarantee([...others, ...asleep]);

  const logs = others.map(({ log }) => log);
  const undisturbedMs = p99LatencyMs(logs, { from: begin, to: stalled });
  const disturbedMs = p99LatencyMs(logs, { from: stalled, to: end });
  const mostMs = 2 * Math.max(noiseMs, undisturbedMs);
  const grownBytes = mostBytes - residentBytes;
  const mayGrowBytes = sleepers * maxOutboundBytes + slackBytes;
  t.diagnostic(`${closed.length} were closed (target ${sleepers})`);
  t.diagnostic(
    `p99 of the others ${disturbedMs.toFixed(1)} ms, before ${undisturbedMs.toFixed(1)} ms (target ${mostMs.toFixed(0)} ms)`,
  );
  t.diagnostic(`memory grew by ${mebibytes(grownBytes)} MiB (target ${mebibytes(mayGrowBytes)} MiB)`);
  t.diagnostic(`${received} received, 0 violations (target 0), ${gaps} gaps (target 0)`);
  assert.deepEqual(
    closed.map(({ user, code }) => `${user} ${code}`).toSorted(),
    asleep.map(({ name }) => `${name} 1013`).toSorted(),
  );
  assert.equal(gaps, 0);
  assert.deepEqual(gateway.failures, []);
  assert.ok(disturbedMs <= mostMs, `p99 ${disturbedMs} ms, ${undisturbedMs} ms before`);
  assert.ok(grownBytes <= mayGrowBytes, `memory grew by ${grownBytes} bytes`);
});

test("the floor under that p99 stands among the known limits", () => {
  const limits = readFileSync(join(repositoryRoot, "docs/known-limits.md"), "utf8");
  assert.ok(limits.includes(`p99 before, which counts as at least ${noiseMs} ms |`));
});

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1_048_576);
}

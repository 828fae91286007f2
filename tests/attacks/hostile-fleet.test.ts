import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { repositoryRoot } from "../../tools/repository-files.ts";
import { Crowd, type Measurement } from "./fleet/crowd.ts";
import { FleetProcess } from "./fleet/fleet-process.ts";
import { GatewayProcess, type Held } from "./fleet/gateway-process.ts";
import { memberFloods } from "./fleet/kinds/members.ts";

const warmUpMs = 2_000;
const undisturbedMs = 8_000;
const attackMs = 20_000;
/** Completed attacks of every kind: 20 a second. */
const attacksWanted = 400;
/** A tenth more are begun, so that the figure does not hang on the last tick of the fleet's clock. */
const attacksPerSecond = 22;
/**
 * An undisturbed p99 of 3 to 5 ms on loopback is less than one garbage collection, which takes 10 to 20 ms and, while both
 * cores are busy, up to 90 (`--trace-gc`). What is below 50 ms therefore counts as 50 ms; without budgets it is 500 to 800.
 */
const noiseMs = 50;
/** With fewer receipts that the machine did not hold up there is nothing to go by. */
const leastUndelayed = 0.75;
const floorLine = "A hostile fleet is held to twice an undisturbed p99 that counts as at least 50 ms";

const worstP99Ms = ({ p99Ms }: Measurement): number => 2 * Math.max(noiseMs, p99Ms);
const mebibytes = (bytes: number): number => Math.round(bytes / 1_048_576);

test("beside a fleet of every kind of attack 200 clients keep connection, messages and latency (R18, R25 to R32)", {
  timeout: 90_000,
}, async (t) => {
  await using gateway = await GatewayProcess.start();
  preferToOtherPrograms(t, gateway.pid);
  await using crowd = await Crowd.gather(gateway.opened);
  using fleet = new FleetProcess();
  await crowd.measure(warmUpMs);
  const before = await gateway.held();
  const undisturbed = await crowd.measure(undisturbedMs);
  const atRest = await gateway.held();

  const attacking = fleet.attack(gateway.opened, {
    kinds: "all",
    perSecond: attacksPerSecond,
    durationMs: attackMs,
  });
  const attacked = await crowd.measure(attackMs);
  const during = await gateway.held();
  const outcomes = await attacking;
  const after = await settled(gateway, before.descriptors);
  const afterwards = await crowd.measure(1_000);

  const core = (from: Held, to: Held, ms: number): string => `${Math.round((100 * (to.cpuMs - from.cpuMs)) / ms)} %`;
  t.diagnostic(row("", "messages", "lost", "p50 ms", "p99 ms", "max ms", "undelayed", "no CPU ms", "of a core"));
  t.diagnostic(row("undisturbed", ...figures(undisturbed), core(before, atRest, undisturbedMs)));
  t.diagnostic(row("under attack", ...figures(attacked), core(atRest, during, attackMs)));
  t.diagnostic(row("afterwards", ...figures(afterwards)));
  for (const [when, held] of Object.entries({ before, during, after })) {
    t.diagnostic(`${when}: RSS ${mebibytes(held.rssBytes)} MiB, ${held.descriptors} descriptors`);
  }
  for (const { name, launched, completed, failures } of outcomes) {
    t.diagnostic(`${completed} of ${launched} ${name} ${failures.map(([why, count]) => `(${count}: ${why})`).join()}`);
  }

  assert.deepEqual(crowd.mishaps, []);
  assert.deepEqual([undisturbed.lost, attacked.lost, afterwards.lost], [0, 0, 0]);
  assert.ok(
    attacked.undelayed > leastUndelayed,
    "the machine is too busy to measure on: run this test with nothing beside it",
  );
  assert.ok(attacked.p99Ms <= worstP99Ms(undisturbed), `p99 ${attacked.p99Ms} ms, ${undisturbed.p99Ms} ms undisturbed`);
  assert.notEqual(outcomes.length, 0);
  for (const { name, completed } of outcomes) assert.ok(completed >= attacksWanted, `${name}: ${completed} completed`);
  assert.ok(gateway.isAlive);
  assert.deepEqual(after.failures, []);
  assert.ok(after.descriptors <= before.descriptors, `descriptors: ${before.descriptors}, then ${after.descriptors}`);
  // The C library keeps what some 800 connections at once have used, for the next ones: further fleets add 26, 9, 2 MB.
  assert.ok(mebibytes(after.rssBytes - before.rssBytes) < 256, "memory stays near what it was");
  assert.ok(mebibytes(after.heapBytes - before.heapBytes) < 24, "nothing of the attackers is kept");
});

test("negative control: without budgets the floods alone ruin the crowd's p99 (R29)", {
  timeout: 60_000,
}, async (t) => {
  await using gateway = await GatewayProcess.start(withoutBudgets);
  await using crowd = await Crowd.gather(gateway.opened);
  using fleet = new FleetProcess();
  const undisturbed = await crowd.measure(warmUpMs);
  void fleet.attack(gateway.opened, { kinds: [memberFloods.name], perSecond: attacksPerSecond, durationMs: 10_000 });
  const attacked = await crowd.measure(4_000);
  t.diagnostic(row("undisturbed", ...figures(undisturbed)));
  t.diagnostic(row("under attack", ...figures(attacked)));
  assert.ok(attacked.p99Ms > worstP99Ms(undisturbed), `p99 ${attacked.p99Ms} ms, ${undisturbed.p99Ms} ms undisturbed`);
});

test("the floor under the undisturbed p99 stands among the known limits", () => {
  const limits = readFileSync(join(repositoryRoot, "docs/known-limits.md"), "utf8");
  assert.ok(limits.includes(`| 2026-11-21 | ${floorLine} |`));
});

const plenty = 1_000_000_000;
const withoutBudgets = {
  messagesPerSecond: plenty,
  messageBurst: plenty,
  messagesPerSecondPerUser: plenty,
  messageBurstPerUser: plenty,
  bytesPerSecond: plenty,
  byteBurst: plenty,
  bytesPerSecondPerUser: plenty,
  byteBurstPerUser: plenty,
  joinsPerSecond: plenty,
  joinBurst: plenty,
  callsPerSecond: plenty,
  callBurst: plenty,
  errorBudget: plenty,
};

/**
 * What is measured is the gateway, not how busy the machine is: it and this process, which measures it, go before other
 * programs where we have the right (root). Where not, other programs beside the test spoil the figures of both phases.
 */
function preferToOtherPrograms(t: TestContext, gatewayPid: number): void {
  try {
    for (const pid of [gatewayPid, process.pid]) setPriority(pid, constants.priority.PRIORITY_HIGH);
  } catch (error) {
    t.diagnostic(`measured at ordinary priority: ${(error as Error).message}`);
  }
}

/** What the gateway holds once the attackers' connections have ended, or after ten seconds. */
async function settled(gateway: GatewayProcess, descriptors: number): ReturnType<GatewayProcess["held"]> {
  for (let attempt = 1; ; attempt += 1) {
    const held = await gateway.held();
    if (held.descriptors <= descriptors || attempt === 40) return held;
    await delay(250);
  }
}

function figures({ published, lost, p50Ms, p99Ms, maxMs, undelayed, lostMs }: Measurement): string[] {
  const latencies = [p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(1));
  return [String(published), String(lost), ...latencies, undelayed.toFixed(3), lostMs.toFixed(0)];
}

function row(name: string, ...cells: readonly string[]): string {
  return name.padEnd(14) + cells.map((cell) => cell.padStart(10)).join("");
}

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ClientError } from "../src/client-error.ts";
import { type ClientEvent, initialMachine, type Machine, type Policy, step } from "../src/client-state.ts";
import type { Loss } from "../src/connection/loss.ts";

const policy: Policy = { reconnect: true, canRefresh: true, now: 1_000, random: () => 0.5 };
const session = { connection: "c_1", user: "alice", device: "phone", expiresAt: 5_000 };

function loss(advice: Loss["advice"]): Loss {
  return { advice, error: new ClientError("closed-by-gateway", advice) };
}

function run(...events: ClientEvent[]): Machine {
  return events.reduce((machine, event) => step(machine, event, policy).machine, initialMachine(true));
}

test("starting makes an attempt with a new token", () => {
  const { machine, effects } = step(initialMachine(true), { type: "start" }, policy);
  assert.deepEqual(machine.state, { phase: "connecting", attempt: 1 });
  assert.deepEqual(effects, [{ type: "attempt", fresh: true }]);
});

test("a loss is dropped before anything else is done", () => {
  for (const advice of ["never", "backoff", "after-refresh"] as const) {
    const before = run({ type: "start" }, { type: "connected", ...session });
    const { effects } = step(before, { type: "lost", loss: loss(advice) }, policy);
    assert.equal(effects[0]?.type, "drop", advice);
  }
});

test("what fires too late changes nothing", () => {
  const connected = run({ type: "start" }, { type: "connected", ...session });
  assert.deepEqual(step(connected, { type: "retry" }, policy), { machine: connected, effects: [] });
  const waiting = step(connected, { type: "lost", loss: loss("backoff") }, policy).machine;
  assert.deepEqual(step(waiting, { type: "lost", loss: loss("never") }, policy), { machine: waiting, effects: [] });
  assert.deepEqual(step(waiting, { type: "connected", ...session }, policy), { machine: waiting, effects: [] });
  assert.deepEqual(step(waiting, { type: "renewed", expiresAt: 1 }, policy), { machine: waiting, effects: [] });
});

const anyEvent: fc.Arbitrary<ClientEvent> = fc.oneof(
  fc.constantFrom<ClientEvent>(
    { type: "start" },
    { type: "connected", ...session },
    { type: "renewed", expiresAt: 9_000 },
    { type: "stable" },
    { type: "retry" },
    { type: "identity" },
    { type: "network", online: true },
    { type: "network", online: false },
  ),
  fc
    .constantFrom<Loss["advice"]>("backoff", "after-refresh")
    .map((advice): ClientEvent => ({ type: "lost", loss: loss(advice) })),
);

test("after any events: no attempt while offline, one timer or attempt at most, and closed is final", (t) => {
  const details = fc.check(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
      let machine = initialMachine(true);
      for (const event of events) {
        const next = step(machine, event, policy);
        machine = next.machine;
        assert.ok(next.effects.filter(({ type }) => type !== "drop").length <= 1);
        if (next.effects.some(({ type }) => type === "attempt")) assert.equal(machine.state.phase, "connecting");
        if (machine.state.phase === "waiting") assert.ok(machine.state.retryInMs >= 100);
      }
      const ended = step(machine, { type: "end", reason: new ClientError("closed", "") }, policy).machine;
      for (const event of events) assert.deepEqual(step(ended, event, policy), { machine: ended, effects: [] });
    }),
  );
  t.diagnostic(`seed ${details.seed}`);
  assert.ok(!details.failed, fc.defaultReportMessage(details) ?? "");
});

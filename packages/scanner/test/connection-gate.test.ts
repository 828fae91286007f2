import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConnectionGate } from "../src/connection-gate.ts";

describe("ConnectionGate", () => {
  test("lets in as many as may be open, and the next one when one has left", async () => {
    const { signal } = new AbortController();
    const gate = new ConnectionGate({ perSecond: 1_000, concurrency: 2, signal });
    const first = await gate.enter();
    await gate.enter();
    let isIn = false;
    const third = gate.enter().then(() => {
      isIn = true;
    });
    await Promise.resolve();
    assert.equal(isIn, false);
    first[Symbol.dispose]();
    await third;
    assert.equal(isIn, true);
  });

  test("spaces new connections by the rate", async () => {
    const { signal } = new AbortController();
    const gate = new ConnectionGate({ perSecond: 50, concurrency: 64, signal });
    const began = performance.now();
    for (let count = 0; count < 6; count++) await gate.enter();
    assert.ok(performance.now() - began >= 95, "five intervals of 20 ms");
  });

  test("turns everybody away who waits when the scan is stopped", async () => {
    const controller = new AbortController();
    const gate = new ConnectionGate({ perSecond: 1, concurrency: 1, signal: controller.signal });
    await gate.enter();
    const waiting = [gate.enter(), gate.enter()];
    controller.abort();
    for (const each of waiting) await assert.rejects(each, { name: "ProbeFailure", kind: "aborted" });
    await assert.rejects(gate.enter(), { kind: "aborted" });
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { GatewayOnPaper } from "../gateway-on-paper.ts";

const idleTimeoutMs = 15_000;

test("a connection on which nobody acts is closed with 1000 after idleTimeoutMs, pongs and renewals or not (R32)", async () => {
  const gateway = new GatewayOnPaper({ idleTimeoutMs });
  const alice = await gateway.connect("alice");
  for (let second = 0; second < 14; second += 1) {
    gateway.clock.pass(1_000);
    alice.send({ type: "pong" });
  }
  alice.send({ type: "renew", id: 2, token: "alice" });
  await alice.next("renewed");
  assert.equal(alice.closeCode(), undefined);
  gateway.clock.pass(1_000);
  assert.deepEqual(alice.closedWith, { code: 1000, reason: "idle for too long" });
});

test("whoever acts now and then is not idle, and without the option nobody is (R32)", async () => {
  for (const options of [{ idleTimeoutMs }, {}]) {
    const gateway = new GatewayOnPaper(options);
    const alice = await gateway.connect("alice");
    for (let round = 0; round < 4; round += 1) {
      gateway.clock.pass(14_000);
      alice.send("idleTimeoutMs" in options ? { type: "presence", id: 2, channel: 1 } : { type: "pong" });
      await alice.drain();
    }
    assert.equal(alice.closeCode(), undefined);
  }
});

test("a connection that has ended leaves no timer behind", async () => {
  const gateway = new GatewayOnPaper({ idleTimeoutMs });
  const before = gateway.clock.timers;
  (await gateway.connect("alice")).terminate();
  assert.equal(gateway.clock.timers, before);
});

test("an idle time that is none is refused at start", () => {
  for (const wrong of [0, -1, 1.5, Number.POSITIVE_INFINITY]) {
    assert.throws(() => new GatewayOnPaper({ idleTimeoutMs: wrong }), { code: "invalid-options" });
  }
});

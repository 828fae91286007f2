import assert from "node:assert/strict";
import { test } from "node:test";
import { Heartbeat } from "../../src/connection/heartbeat.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";

test("never waits so short that rounding keeps it at the same instant for ever (WP-BEAT-1)", () => {
  // Jitter leaves instants with fractions, whose sums and differences are not exact.
  for (let round = 1; round <= 500; round += 1) {
    const clock = new ManualClock();
    clock.pass(30_000 + round / 7);
    let woken = 0;
    const counting = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after: (delayMs: number, callback: () => void) =>
        clock.after(delayMs, () => {
          woken += 1;
          assert.ok(woken < 10, "it wakes again and again");
          callback();
        }),
    };
    let pings = 0;
    const ping = (): void => {
      pings += 1;
    };
    const heartbeat = new Heartbeat(counting, 25_000, { ping, lost: () => assert.fail("nothing is lost") });
    clock.pass(round / 3);
    heartbeat.heard();
    clock.pass(26_000);
    heartbeat.stop();
    assert.equal(pings, 1);
  }
});

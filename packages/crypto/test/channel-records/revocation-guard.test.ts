import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RevocationGuard } from "../../src/channel-records/revocation-guard.ts";
import { TestTime } from "../session-records/direction.ts";

describe("before it seals, a process reads what has been revoked (RK-8)", () => {
  function makeGuard() {
    const time = new TestTime();
    const guard = new RevocationGuard({ now: time.now, maxAgeMs: 5_000 });
    const pass = (ms: number): void => {
      for (let left = ms; left > 0; left -= 100) {
        time.nowMs += Math.min(left, 100);
        guard.beat();
      }
    };
    return { time, guard, pass };
  }

  test("when it has never read it", () => {
    const { guard, time } = makeGuard();
    assert.equal(guard.mustRead, true);
    guard.revocationsRead(time.nowMs);
    assert.equal(guard.mustRead, false);
  });

  test("when it read it longer ago than the bound, and not before", () => {
    const { guard, time, pass } = makeGuard();
    guard.revocationsRead(time.nowMs);
    pass(5_000);
    assert.equal(guard.mustRead, false);
    pass(1);
    assert.equal(guard.mustRead, true);
  });

  test("after the event loop stood still for more than 500 ms, and not after 500", () => {
    const { guard, time } = makeGuard();
    guard.revocationsRead(time.nowMs);
    time.nowMs += 500;
    guard.beat();
    assert.equal(guard.mustRead, false);
    time.nowMs += 501;
    guard.beat();
    assert.equal(guard.mustRead, true);
    guard.revocationsRead(time.nowMs);
    assert.equal(guard.mustRead, false);
  });

  test("while it stands still, though the timer has had no turn, and however often it is asked", () => {
    const { guard, time } = makeGuard();
    guard.revocationsRead(time.nowMs);
    for (let asked = 0; asked < 6; asked += 1) {
      time.nowMs += 100;
      assert.equal(guard.mustRead, asked === 5);
    }
  });

  test("a reading that began before the stall ended does not count", () => {
    const { guard, time } = makeGuard();
    const beganAt = time.nowMs;
    time.nowMs += 600;
    guard.beat();
    guard.revocationsRead(beganAt);
    assert.equal(guard.mustRead, true);
  });
});

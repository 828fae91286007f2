import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RehandshakeClock } from "../../src/session-records/rehandshake-clock.ts";
import { TestTime } from "./direction.ts";

const hourMs = 3_600_000;

function makeClock() {
  const time = new TestTime();
  return { time, clock: new RehandshakeClock(time.now) };
}

describe("when a session needs fresh keys (SR-5.1)", () => {
  test("after 24 hours a handshake is due, and not a millisecond before", () => {
    const { time, clock } = makeClock();
    time.nowMs += 24 * hourMs - 1;
    assert.equal(clock.isDue, false);
    time.nowMs += 1;
    assert.equal(clock.isDue, true);
  });

  test("one at a time: while it is under way none is due, and another is refused", () => {
    const { time, clock } = makeClock();
    time.nowMs += 24 * hourMs;
    assert.equal(clock.begin(), true);
    time.nowMs += 10 * 60_000;
    assert.equal(clock.isDue, false);
    assert.equal(clock.begin(), false);
  });

  test("at most one a minute", () => {
    const { time, clock } = makeClock();
    clock.begin();
    clock.switched();
    time.nowMs += 59_999;
    assert.equal(clock.begin(), false);
    time.nowMs += 1;
    assert.equal(clock.begin(), true);
  });

  test("at 25 hours without one the session ends; with one it is young again", () => {
    const { time, clock } = makeClock();
    time.nowMs += 25 * hourMs - 1;
    assert.equal(clock.isTooOld, false);
    time.nowMs += 1;
    assert.equal(clock.isTooOld, true);
    clock.begin();
    assert.equal(clock.isTooOld, true, "a handshake that does not end helps nothing");
    clock.switched();
    assert.equal(clock.isTooOld, false);
    assert.equal(clock.isDue, false);
  });
});

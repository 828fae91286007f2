import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { GatewayEvent } from "../../src/observe/events.ts";
import { defaultThresholds } from "../../src/signals/signal.ts";
import { maxRaised, Signals } from "../../src/signals/signals.ts";
import { SlidingCount } from "../../src/signals/sliding-count.ts";
import { type Remembered, Subjects } from "../../src/signals/subjects.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";

describe("SlidingCount", () => {
  test("counts what lies within the window, to a tenth of it, against a plain list", () => {
    const windowMs = 1_000;
    const steps = fc.array(fc.nat(400), { maxLength: 200 });
    fc.assert(
      fc.property(steps, fc.nat(10_000), (delays, startMs) => {
        const count = new SlidingCount(windowMs, startMs);
        const times: number[] = [];
        let nowMs = startMs;
        for (const delay of delays) {
          nowMs += delay;
          times.push(nowMs);
          const counted = count.add(nowMs);
          const within = (ms: number): number => times.filter((time) => time > nowMs - ms).length;
          assert.ok(counted <= within(windowMs), `${counted} of ${within(windowMs)}`);
          assert.ok(counted >= within(windowMs * 0.9), `${counted} of ${within(windowMs * 0.9)}`);
        }
        assert.equal(count.count(nowMs + windowMs), 0);
      }),
    );
  });

  test("takes a clock that stands still", () => {
    const count = new SlidingCount(1_000, 50);
    assert.deepEqual([count.add(50), count.add(50), count.count(50)], [1, 2, 2]);
  });
});

describe("Subjects", () => {
  const until = (untilMs: number) => (): Remembered => ({ untilMs });

  test("remembers so many, forgets the one heard of longest ago, and counts that", () => {
    const subjects = new Subjects(3);
    const first = subjects.hear("a", 0, until(100));
    for (const key of ["b", "c"]) subjects.hear(key, 0, until(100));
    assert.equal(subjects.hear("a", 1, until(7)), first, "still known");
    subjects.hear("d", 1, until(100));
    assert.deepEqual([subjects.size, subjects.forgotten], [3, 1]);
    assert.equal(subjects.hear("a", 2, until(7)), first, "b went, not a");
    assert.notEqual(subjects.hear("b", 2, until(9)).untilMs, 100);
  });

  test("old ones make room before there is need, and are not counted", () => {
    const subjects = new Subjects(1_000);
    for (let index = 0; index < 500; index += 1) subjects.hear(`old-${index}`, 0, until(10));
    for (let index = 0; index < 400; index += 1) subjects.hear(`new-${index}`, 20, until(30));
    assert.deepEqual([subjects.size, subjects.forgotten], [400, 0]);
  });

  test("refuses a bound that is no whole number above 0", () => {
    for (const max of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => new Subjects(max), RangeError);
    }
  });
});

describe("signals of an attacker with many addresses", () => {
  const failed = (index: number): GatewayEvent => ({
    event: "authentication-failed",
    code: "token-invalid",
    detail: "a bad one",
    address: `2001:db8:${(index >> 8).toString(16)}:${(index & 0xff).toString(16)}::1`,
  });

  function listen(maxSubjects: number, failedAuthentications: number) {
    const heard: GatewayEvent[] = [];
    const clock = new ManualClock();
    const thresholds = { ...defaultThresholds, failedAuthentications };
    const observe = (event: GatewayEvent): void => void heard.push(event);
    return {
      heard,
      clock,
      signals: new Signals({ thresholds, clock, observe, maxSubjects, maxCredentials: maxSubjects }),
    };
  }

  test("are bounded in number: more are counted, and raised after the window (R55)", () => {
    const { heard, clock, signals } = listen(1_000, 1);
    for (let index = 0; index < 100; index += 1) signals.hear(failed(index));
    assert.deepEqual([heard.length, signals.suppressed], [maxRaised, 100 - maxRaised]);
    clock.pass(defaultThresholds.windowMs);
    signals.hear(failed(1));
    assert.equal(heard.length, maxRaised + 1);
  });

  test("cost bounded memory, what is forgotten is counted, and the total still fires (R55)", () => {
    const { heard, signals } = listen(50, 20);
    for (let index = 0; index < defaultThresholds.failedAuthenticationsTotal; index += 1) signals.hear(failed(index));
    assert.equal(signals.forgotten, defaultThresholds.failedAuthenticationsTotal - 50);
    assert.deepEqual(
      heard.map((event) => event.event === "signal" && [event.signal, event.subject]),
      [["failed-authentications", undefined]],
    );
  });
});

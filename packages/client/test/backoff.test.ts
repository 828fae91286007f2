import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { backoff, retryDelayMs } from "../src/backoff.ts";

test("a delay lies between the floor and a ceiling that doubles from 0.5 s to 20 s (R60)", (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, share) => {
        const delayMs = retryDelayMs(failures, () => share);
        assert.ok(delayMs >= backoff.floorMs);
        assert.ok(delayMs <= Math.min(20_000, 500 * 2 ** (failures - 1)));
      },
    ),
    { verbose: true, reporter: (details) => report(t.diagnostic.bind(t), details) },
  );
});

test("the jitter is full: the delay is the random share of the ceiling (R60)", () => {
  assert.equal(
    retryDelayMs(1, () => 0.5),
    250,
  );
  assert.equal(
    retryDelayMs(2, () => 0.5),
    500,
  );
  assert.equal(
    retryDelayMs(6, () => 0.5),
    8_000,
  );
  assert.equal(
    retryDelayMs(7, () => 0.5),
    10_000,
  );
});

test("a gateway's hint is waited out, with the jitter on top (R60)", () => {
  assert.equal(
    retryDelayMs(1, () => 0.5, 5_000),
    5_250,
  );
});

test("a hint of a day counts for five minutes (R60)", () => {
  assert.equal(
    retryDelayMs(1, () => 0.5, 86_400_000),
    300_250,
  );
});

test("a negative hint counts for nothing", () => {
  assert.equal(
    retryDelayMs(1, () => 0.5, -5_000),
    250,
  );
});

function report<T>(print: (line: string) => void, details: fc.RunDetails<T>): void {
  print(`seed ${details.seed}`);
  if (details.failed) throw new Error(fc.defaultReportMessage(details));
}

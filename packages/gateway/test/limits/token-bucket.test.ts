import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { TokenBucket } from "../../src/limits/token-bucket.ts";

/** A bucket and the hand that moves its clock. */
function bucketOf(burst: number, perSecond: number): { bucket: TokenBucket; forward: (ms: number) => void } {
  let nowMs = 5_000;
  const bucket = new TokenBucket({ burst, perSecond, now: () => nowMs });
  return {
    bucket,
    forward: (ms) => {
      nowMs += ms;
    },
  };
}

describe("TokenBucket", () => {
  it("gives the burst at once, then the rate, and says how long to wait", () => {
    const { bucket, forward } = bucketOf(3, 2);
    assert.deepEqual([bucket.take(1), bucket.take(1), bucket.take(1)], [0, 0, 0]);
    assert.equal(bucket.take(1), 500);
    forward(499);
    assert.equal(bucket.take(1), 1);
    forward(1);
    assert.equal(bucket.take(1), 0);
    assert.equal(bucket.take(1), 500);
  });

  it("takes nothing when it refuses", () => {
    const { bucket } = bucketOf(3, 1);
    assert.equal(bucket.take(2), 0);
    assert.equal(bucket.take(2), 1_000);
    assert.equal(bucket.take(1), 0);
  });

  it("saves up no more than the burst", () => {
    const { bucket, forward } = bucketOf(2, 100);
    forward(3_600_000);
    assert.equal(bucket.take(2), 0);
    assert.equal(bucket.take(1), 10);
  });

  it("never gives what is above the burst, and says so", () => {
    const { bucket } = bucketOf(2, 1);
    assert.equal(bucket.take(3), Number.POSITIVE_INFINITY);
    assert.equal(bucket.take(2), 0);
  });

  it("gives nothing for time that goes back", () => {
    const { bucket, forward } = bucketOf(1, 1);
    assert.equal(bucket.take(1), 0);
    forward(-4_000);
    assert.equal(bucket.take(1), 1_000);
    forward(4_000);
    assert.equal(bucket.take(1), 1_000);
    forward(1_000);
    assert.equal(bucket.take(1), 0);
  });

  it("refuses a burst and a rate that are no numbers above 0", () => {
    const now = (): number => 0;
    for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => new TokenBucket({ burst: value, perSecond: 1, now }), RangeError);
      assert.throws(() => new TokenBucket({ burst: 1, perSecond: value, now }), RangeError);
    }
  });

  const run = fc.record({
    burst: fc.integer({ min: 1, max: 50 }),
    perSecond: fc.integer({ min: 1, max: 2_000 }),
    steps: fc.array(fc.record({ waitMs: fc.nat(1_500), cost: fc.nat(60) }), { maxLength: 60 }),
  });

  it("gives exactly what a count of thousandths in whole numbers gives", () => {
    fc.assert(
      fc.property(run, ({ burst, perSecond, steps }) => {
        const { bucket, forward } = bucketOf(burst, perSecond);
        let model = BigInt(burst) * 1_000n;
        for (const { waitMs, cost } of steps) {
          forward(waitMs);
          const filled = model + BigInt(waitMs) * BigInt(perSecond);
          model = filled < BigInt(burst) * 1_000n ? filled : BigInt(burst) * 1_000n;
          const given = BigInt(cost) * 1_000n <= model;
          assert.equal(bucket.take(cost) === 0, given);
          model -= given ? BigInt(cost) * 1_000n : 0n;
        }
      }),
    );
  });

  it("names the first millisecond at which it would give: not one later, not one earlier", () => {
    fc.assert(
      fc.property(run, ({ burst, perSecond, steps }) => {
        const { bucket, forward } = bucketOf(burst, perSecond);
        for (const { waitMs, cost } of steps) {
          forward(waitMs);
          const retryAfterMs = bucket.take(cost);
          if (retryAfterMs > 0 && cost <= burst) {
            forward(retryAfterMs - 1);
            assert.equal(bucket.take(cost), 1);
            forward(1);
            assert.equal(bucket.take(cost), 0);
          }
        }
      }),
    );
  });

  it("gives no more than burst + rate × time, on clocks with fractions too", () => {
    const waits = fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 500 }), waits, (burst, perSecond, all) => {
        const { bucket, forward } = bucketOf(burst, perSecond);
        let given = 0;
        let elapsedMs = 0;
        for (const waitMs of all) {
          forward(waitMs);
          elapsedMs += waitMs;
          while (bucket.take(1) === 0) {
            given += 1;
          }
        }
        assert.ok(given <= burst + (perSecond * elapsedMs) / 1_000 + 1e-6, `${given} in ${elapsedMs} ms`);
      }),
    );
  });
});

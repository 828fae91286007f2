import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Bucket, takeFrom } from "../src/bucket.ts";

test("whatever is asked for and whenever, no more is given than burst and rate allow, and no less (R29)", (t) => {
  const seed = Number(process.env["FAST_CHECK_SEED"] ?? Date.now() % 2 ** 31);
  t.diagnostic(`fast-check seed ${seed}`);
  const budget = fc.record({ perSecond: fc.integer({ min: 1, max: 50 }), burst: fc.integer({ min: 1, max: 100 }) });
  const steps = fc.array(fc.record({ afterMs: fc.nat(3_000), share: fc.integer({ min: 1, max: 100 }) }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(budget, steps, (budget, steps) => {
      let bucket: Bucket | undefined;
      let nowMs = 0;
      let taken = 0;
      for (const { afterMs, share } of steps) {
        nowMs += afterMs;
        const cost = Math.max(1, Math.floor((budget.burst * share) / 100));
        const result = takeFrom(bucket, cost, budget, nowMs);
        if (result.taken.ok) taken += cost;
        else {
          const { retryAfterMs } = result.taken;
          assert.equal(takeFrom(result.bucket, cost, budget, nowMs + retryAfterMs - 1).taken.ok, false);
          assert.equal(takeFrom(result.bucket, cost, budget, nowMs + retryAfterMs).taken.ok, true);
        }
        assert(taken * 1_000 <= budget.burst * 1_000 + nowMs * budget.perSecond);
        assert.equal(takeFrom(result.bucket, budget.burst, budget, result.fullMs).taken.ok, true);
        bucket = result.bucket;
      }
    }),
    { seed, numRuns: 500 },
  );
});

test("time that goes back gives nothing and takes nothing away", () => {
  const budget = { perSecond: 10, burst: 10 };
  const { bucket } = takeFrom(undefined, 4, budget, 100_000);
  const back = takeFrom(bucket, 6, budget, 0);
  assert.deepEqual(back.taken, { ok: true });
  assert.deepEqual(takeFrom(back.bucket, 1, budget, 0).taken, { ok: false, retryAfterMs: 100 });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KeyedBuckets } from "../../src/limits/keyed-buckets.ts";
import { TokenBucket } from "../../src/limits/token-bucket.ts";

const seed = Math.trunc(Math.random() * 2 ** 31);

const steps = fc.array(fc.record({ key: fc.nat(30), cost: fc.nat(6), passMs: fc.nat(400), look: fc.boolean() }), {
  maxLength: 200,
});

test("every key has a bucket of its own, remembered or not (R29)", (t) => {
  t.diagnostic(`seed ${seed}`);
  fc.assert(
    fc.property(steps, (sequence) => {
      let nowMs = 0;
      const options = { burst: 5, perSecond: 3, now: () => nowMs };
      const keyed = new KeyedBuckets({ ...options, maxKeys: 31 });
      const alone = new Map<number, TokenBucket>();
      for (const { key, cost, passMs, look } of sequence) {
        nowMs += passMs;
        const model = alone.get(key) ?? new TokenBucket(options);
        alone.set(key, model);
        const question = look ? "wait" : "take";
        assert.equal(keyed[question](String(key), cost), model[question](cost));
      }
    }),
    { seed },
  );
});

test("never remembers more keys than it may, whatever comes (R29)", (t) => {
  t.diagnostic(`seed ${seed}`);
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 5 }), (sequence, maxKeys) => {
      let nowMs = 0;
      const keyed = new KeyedBuckets({ burst: 5, perSecond: 3, now: () => nowMs, maxKeys });
      for (const { key, cost, passMs } of sequence) {
        nowMs += passMs;
        keyed.take(String(key), cost);
        assert.ok(keyed.size <= maxKeys);
      }
    }),
    { seed },
  );
});

test("keys whose buckets are full again go as others come, without a timer", () => {
  let nowMs = 0;
  const keyed = new KeyedBuckets({ burst: 2, perSecond: 1, now: () => nowMs, maxKeys: 1_000 });
  for (let key = 0; key < 900; key += 1) keyed.take(`old ${key}`, 1);
  assert.equal(keyed.size, 900);
  nowMs += 1_000;
  for (let key = 0; key < 450; key += 1) keyed.take(`new ${key}`, 1);
  assert.equal(keyed.size, 450, "two old keys go for each new one");
});

test("forgets the key used longest ago when there is no room", () => {
  const keyed = new KeyedBuckets({ burst: 1, perSecond: 1, now: () => 0, maxKeys: 2 });
  for (const key of ["a", "b", "a", "c"]) keyed.take(key, 1);
  assert.deepEqual(
    ["a", "b", "c"].map((key) => keyed.wait(key, 1)),
    [1_000, 0, 1_000],
  );
});

test("a look at a key costs no memory, nor does a take of nothing", () => {
  const keyed = new KeyedBuckets({ burst: 1, perSecond: 1, now: () => 0, maxKeys: 2 });
  assert.equal(keyed.wait("a", 1), 0);
  assert.equal(keyed.wait("a", 2), Number.POSITIVE_INFINITY);
  assert.equal(keyed.take("b", 0), 0);
  assert.equal(keyed.size, 0);
});

test("refuses bounds that are none", () => {
  for (const wrong of [{ maxKeys: 0 }, { maxKeys: 1.5 }, { burst: 0 }, { perSecond: Number.NaN }]) {
    const options = { burst: 1, perSecond: 1, now: () => 0, maxKeys: 1, ...wrong };
    assert.throws(() => new KeyedBuckets(options), RangeError);
  }
});

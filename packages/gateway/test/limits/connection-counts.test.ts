import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ConnectionCounts, type Release } from "../../src/limits/connection-counts.ts";

describe("ConnectionCounts (R30)", () => {
  it("gives each key its places and no more", () => {
    const counts = new ConnectionCounts({ maxPerKey: 2, maxTotal: 10 });
    const release = counts.acquire("alice");
    assert.ok(release && counts.acquire("alice"));
    assert.equal(counts.acquire("alice"), undefined);
    assert.ok(counts.acquire("bob"));
    release();
    assert.ok(counts.acquire("alice"));
    assert.equal(counts.acquire("alice"), undefined);
    assert.equal(counts.full, false);
  });

  it("is full at its total, whatever the keys", () => {
    const counts = new ConnectionCounts({ maxPerKey: 2, maxTotal: 3 });
    const releases = ["a", "b", "c"].map((key) => counts.acquire(key));
    assert.ok(releases.every((release) => release !== undefined));
    assert.equal(counts.full, true);
    assert.equal(counts.acquire("d"), undefined);
    releases[0]?.();
    assert.equal(counts.full, false);
    assert.ok(counts.acquire("d"));
  });

  it("counts a release once, however often it is called", () => {
    const counts = new ConnectionCounts({ maxPerKey: 2, maxTotal: 2 });
    const release = counts.acquire("alice");
    counts.acquire("alice");
    release?.();
    release?.();
    release?.();
    assert.equal(counts.count("alice"), 1);
    assert.equal(counts.total, 1);
  });

  it("takes names that every object has for ordinary keys", () => {
    const counts = new ConnectionCounts({ maxPerKey: 1, maxTotal: 9 });
    for (const key of ["__proto__", "constructor", "toString", ""]) {
      assert.equal(counts.count(key), 0);
      assert.ok(counts.acquire(key));
      assert.equal(counts.acquire(key), undefined);
    }
  });

  it("remembers no key that holds no place", () => {
    const counts = new ConnectionCounts({ maxPerKey: 1, maxTotal: 100 });
    for (let index = 0; index < 10_000; index += 1) {
      counts.acquire(`user-${index}`)?.();
    }
    assert.equal(counts.keys, 0);
    for (let index = 0; index < 10_000; index += 1) {
      counts.acquire(`user-${index}`);
    }
    assert.equal(counts.keys, 100);
  });

  it("refuses bounds that are no whole numbers above 0", () => {
    for (const bound of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => new ConnectionCounts({ maxPerKey: bound, maxTotal: 1 }), RangeError);
      assert.throws(() => new ConnectionCounts({ maxPerKey: 1, maxTotal: bound }), RangeError);
    }
  });

  it("agrees with a plain list of held places under any order of taking and giving back", () => {
    const step = fc.oneof(
      fc.record({ take: fc.constantFrom("a", "b", "c", "d") }),
      fc.record({ giveBack: fc.nat(30), twice: fc.boolean() }),
    );
    const bound = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(bound, bound, fc.array(step, { maxLength: 80 }), (maxPerKey, maxTotal, steps) => {
        const counts = new ConnectionCounts({ maxPerKey, maxTotal });
        const held: { key: string; release: Release }[] = [];
        const heldBy = (key: string): number => held.filter((place) => place.key === key).length;
        for (const action of steps) {
          if ("take" in action) {
            const free = held.length < maxTotal && heldBy(action.take) < maxPerKey;
            const release = counts.acquire(action.take);
            assert.equal(release !== undefined, free);
            if (release) {
              held.push({ key: action.take, release });
            }
          } else {
            const [place] = held.splice(action.giveBack, 1);
            place?.release();
            if (action.twice) {
              place?.release();
            }
          }
          assert.equal(counts.total, held.length);
          assert.equal(counts.keys, new Set(held.map(({ key }) => key)).size);
          assert.equal(counts.full, held.length >= maxTotal);
          for (const key of ["a", "b", "c", "d"]) {
            assert.equal(counts.count(key), heldBy(key));
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

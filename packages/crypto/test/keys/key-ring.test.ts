import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Bundle, issueBundle } from "../../src/keys/bundle.ts";
import { DerivedKeys } from "../../src/keys/derived-keys.ts";
import { type KeyEvent, KeyRing, type KeyRingOptions } from "../../src/keys/key-ring.ts";
import type { OnlineKey } from "../../src/keys/online-key.ts";
import { nodePrimitives } from "../../src/primitives/node.ts";
import { bundleOf, makeTiers, nowMs, nowSeconds, onlineKey } from "../fixtures/key-tiers.ts";

const tiers = await makeTiers();
const hour = 3_600;

/** A ring with a clock that the test moves, and what it told. */
function ringAt(options: Partial<KeyRingOptions> = {}): {
  readonly ring: KeyRing;
  readonly events: KeyEvent[];
  readonly pass: (seconds: number) => void;
} {
  let clockMs = nowMs;
  const events: KeyEvent[] = [];
  const onEvent = (event: KeyEvent): number => events.push(event);
  const ring = new KeyRing({ primitives: nodePrimitives, now: () => clockMs, onEvent, ...options });
  return {
    ring,
    events,
    pass(seconds) {
      clockMs += seconds * 1_000;
    },
  };
}

async function publish(ring: KeyRing, keys: readonly OnlineKey[], changes: Partial<Bundle> = {}): Promise<void> {
  await ring.publish(await issueBundle(tiers.delegate, bundleOf(tiers, keys, changes)), keys);
}

describe("the key ring", () => {
  test("keeps a key until the last bundle that named it has expired (KB-1.6)", async () => {
    const { ring, events, pass } = ringAt();
    const [one, two, three] = [await onlineKey(), await onlineKey(), await onlineKey()];
    await publish(ring, [one, two], { version: 1, notAfter: nowSeconds + 10 * hour });
    await publish(ring, [two, three], { version: 2, notAfter: nowSeconds + 20 * hour });
    pass(10 * hour);
    assert.ok(ring.take(one.kid), "erased a second too early");
    assert.ok(ring.bundleHash(1));
    pass(1);
    assert.equal(ring.take(one.kid), undefined);
    assert.equal(ring.bundleHash(1), undefined);
    assert.ok(ring.take(two.kid), "the later bundle names it too");
    await assert.rejects(one.privateKey.decapsulate(new Uint8Array(1_120)), { code: "disposed" });
    pass(10 * hour);
    assert.equal(ring.take(two.kid), undefined);
    assert.deepEqual(
      events.map(({ event }) => event).filter((event) => event !== "key-added"),
      [
        "bundle-published",
        "bundle-published",
        "bundle-expired",
        "key-erased",
        "bundle-expired",
        "key-erased",
        "key-erased",
      ],
    );
  });

  test("erases a revoked key at once, although an older bundle names it (KB-1.6)", async () => {
    const { ring, events } = ringAt();
    const [one, two] = [await onlineKey(), await onlineKey()];
    await publish(ring, [one], { version: 1 });
    await publish(ring, [two], { version: 2, revokedKids: [one.kid] });
    assert.equal(ring.take(one.kid), undefined);
    assert.ok(ring.take(two.kid));
    assert.ok(events.some(({ event }) => event === "key-revoked"));
  });

  test("serves the newest bundle, whatever order they came in", async () => {
    const { ring } = ringAt();
    assert.equal(ring.newestBundle, undefined);
    const key = await onlineKey();
    const newest = await issueBundle(tiers.delegate, bundleOf(tiers, [key], { version: 9 }));
    await ring.publish(newest, [key]);
    await publish(ring, [await onlineKey()], { version: 8 });
    assert.deepEqual(ring.newestBundle, newest);
    assert.equal(ring.bundleHash(7), undefined);
  });

  test("asks for a new key by time and by use, and counts both", async () => {
    const { ring, pass } = ringAt({ rotateAfterUses: 3 });
    assert.equal(ring.rotationDue(), "time", "an empty ring needs a key");
    const key = await onlineKey();
    await publish(ring, [key], { version: 1 });
    assert.equal(ring.rotationDue(), undefined);
    pass(24 * hour);
    assert.equal(ring.rotationDue(), "time");
    await publish(ring, [await onlineKey()], { version: 2 });
    assert.equal(ring.rotationDue(), undefined);
    for (let use = 0; use < 3; use += 1) ring.take(key.kid);
    assert.equal(ring.rotationDue(), "use");
    const [figures] = ring.figures();
    assert.deepEqual([figures?.uses, figures?.addedAtMs, figures?.lastUsedAtMs], [3, nowMs, nowMs + 24 * hour * 1_000]);
  });

  test("disposes of every key, and of one it is given twice", async () => {
    const { ring } = ringAt();
    const key = await onlineKey();
    await publish(ring, [key]);
    ring.dispose();
    await assert.rejects(key.privateKey.decapsulate(new Uint8Array(1_120)), { code: "disposed" });
    assert.equal(ring.take(key.kid), undefined);
  });

  test("tells nothing secret in events and figures (R53)", async () => {
    const { ring, events } = ringAt();
    const key = await onlineKey();
    await publish(ring, [key]);
    ring.take(key.kid);
    const told = JSON.stringify([events, ring.figures()]);
    assert.match(told, /"kid":"[0-9a-f]{16}"/);
    assert.ok(told.length < 400, told);
  });
});

describe("the cache of derived keys", () => {
  /** A key that counts how often it was disposed of. */
  function key(): { disposed: number; dispose(): void } {
    return {
      disposed: 0,
      dispose() {
        this.disposed += 1;
      },
    };
  }

  test("is bounded: the least recently used goes first, and is disposed of", () => {
    const cache = new DerivedKeys<ReturnType<typeof key>>(2);
    const [a, b, c] = [key(), key(), key()];
    cache.put("a", a);
    cache.put("b", b);
    assert.equal(cache.get("a"), a);
    cache.put("c", c);
    assert.equal(cache.get("b"), undefined);
    assert.deepEqual([a.disposed, b.disposed, c.disposed], [0, 1, 0]);
    assert.deepEqual(cache.figures(), { size: 2, hits: 1, misses: 1 });
  });

  test("disposes of a key that another replaces, and of all at the end", () => {
    const cache = new DerivedKeys<ReturnType<typeof key>>(2);
    const [a, b] = [key(), key()];
    cache.put("a", a);
    cache.put("a", b);
    assert.deepEqual([a.disposed, b.disposed], [1, 0]);
    cache.dispose();
    assert.deepEqual([a.disposed, b.disposed], [1, 1]);
  });
});

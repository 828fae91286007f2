import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { RevocationEntry, Revocations } from "../src/revocations.ts";

/** Fresh revocations and command over the time they live in. */
export interface RevocationsUnderTest {
  readonly revocations: Revocations;
  /** Lets `ms` milliseconds pass for the engine. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

const dayMs = 86_400_000;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Entries as `1:a 2:b`. */
function show(entries: readonly RevocationEntry[]): string {
  return entries.map((entry) => `${entry.offset}:${new TextDecoder().decode(entry.bytes)}`).join(" ");
}

/** The promises of `revocations.ts` as tests; every engine passes them. `open` gives an empty list. */
export function revocationsSuite(name: string, open: () => Promise<RevocationsUnderTest>): void {
  describe(`${name} revocations`, () => {
    let room: RevocationsUnderTest;
    beforeEach(async () => {
      room = await open();
    });
    afterEach(() => room.close());
    const appendAll = async (texts: string, ttlMs = dayMs): Promise<void> => {
      for (const text of texts) await room.revocations.append(bytes(text), ttlMs);
    };

    test("are none at first", async () => {
      assert.deepEqual(await room.revocations.read(0), { entries: [], watermark: 0 });
    });

    test("are read in the order they came, from the beginning or from a watermark", async () => {
      await appendAll("ab");
      const { entries, watermark } = await room.revocations.read(0);
      assert.equal(show(entries), "1:a 2:b");
      assert.equal(watermark, 2);
      await appendAll("c");
      assert.equal(show((await room.revocations.read(watermark)).entries), "3:c");
    });

    test("reach every subscriber in order, once, before append resolves", async () => {
      const heard: RevocationEntry[] = [];
      await appendAll("a");
      for (const _ of [1, 2]) await room.revocations.subscribe((entry) => heard.push(entry));
      assert.deepEqual(await room.revocations.append(bytes("b"), dayMs), { offset: 2 });
      assert.equal(show(heard), "2:b 2:b");
      await appendAll("c");
      assert.equal(show(heard), "2:b 2:b 3:c 3:c");
    });

    test("no longer reach whoever has unsubscribed", async () => {
      const heard: RevocationEntry[] = [];
      const { unsubscribe } = await room.revocations.subscribe((entry) => heard.push(entry));
      await appendAll("a");
      unsubscribe();
      unsubscribe();
      await appendAll("b");
      assert.equal(show(heard), "1:a");
    });

    test("reach the others although one listener throws", async () => {
      const heard: RevocationEntry[] = [];
      await room.revocations.subscribe(() => assert.fail("a broken listener"));
      await room.revocations.subscribe((entry) => heard.push(entry));
      await appendAll("a");
      assert.equal(show(heard), "1:a");
    });

    test("are kept as long as they matter, each its own time, and not longer (R40)", async () => {
      await appendAll("a", 1_000);
      await appendAll("b", dayMs);
      await room.advance(999);
      assert.equal(show((await room.revocations.read(0)).entries), "1:a 2:b");
      await room.advance(1);
      assert.equal(show((await room.revocations.read(0)).entries), "2:b");
      await room.advance(dayMs);
      assert.deepEqual(await room.revocations.read(0), { entries: [], watermark: 2 }, "the watermark never goes back");
    });

    test("are never dropped to make room: 20,000 at once are all there (R40)", async () => {
      await Promise.all(Array.from({ length: 20_000 }, () => room.revocations.append(bytes("x"), dayMs)));
      assert.equal((await room.revocations.read(0)).entries.length, 20_000);
    });

    test("refuse what no engine takes, and everything after the end", async () => {
      for (const ttlMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
        await assert.rejects(room.revocations.append(bytes("a"), ttlMs), { code: "invalid-argument" });
      }
      for (const since of [-1, 0.5, Number.NaN]) {
        await assert.rejects(room.revocations.read(since), { code: "invalid-argument" });
      }
      await room.close();
      await assert.rejects(room.revocations.append(bytes("a"), dayMs), { code: "closed" });
      await assert.rejects(room.revocations.read(0), { code: "closed" });
      await assert.rejects(
        room.revocations.subscribe(() => undefined),
        { code: "closed" },
      );
    });
  });
}

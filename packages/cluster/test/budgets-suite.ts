import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { Budgets } from "../src/budgets.ts";

/** Fresh budgets and command over the time they live in. */
export interface BudgetsUnderTest {
  readonly budgets: Budgets;
  /** Lets `ms` milliseconds pass for the engine. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

const twoASecond = { perSecond: 2, burst: 5 };

/** The promises of `budgets.ts` as tests; every engine passes them. `open` gives budgets nobody has used. */
export function budgetsSuite(name: string, open: () => Promise<BudgetsUnderTest>): void {
  describe(`${name} budgets`, () => {
    let room: BudgetsUnderTest;
    beforeEach(async () => {
      room = await open();
    });
    afterEach(() => room.close());
    const take = (cost: number, key = "alice", budget = twoASecond) => room.budgets.take(key, cost, budget);

    test("give a key its burst at once and then its rate, to the millisecond (R29)", async () => {
      for (const cost of [2, 3]) assert.deepEqual(await take(cost), { ok: true });
      assert.deepEqual(await take(1), { ok: false, retryAfterMs: 500 });
      await room.advance(499);
      assert.deepEqual(await take(1), { ok: false, retryAfterMs: 1 });
      await room.advance(1);
      assert.deepEqual(await take(1), { ok: true });
      assert.deepEqual(await take(5), { ok: false, retryAfterMs: 2_500 });
    });

    test("take nothing when they refuse, and hold no more than the burst however long they rest", async () => {
      assert.deepEqual(await take(4), { ok: true });
      assert.deepEqual(await take(2), { ok: false, retryAfterMs: 500 });
      assert.deepEqual(await take(1), { ok: true });
      await room.advance(3_600_000);
      assert.deepEqual(await take(5), { ok: true });
      assert.deepEqual(await take(0.5), { ok: false, retryAfterMs: 250 });
    });

    test("of one key know nothing of another's, whatever it is named", async () => {
      const keys = ["alice", "alice\0", "al'ice", "__proto__", "ALICE", "\u{1f375}", " "];
      for (const key of keys) assert.deepEqual(await take(5, key), { ok: true }, key);
      for (const key of keys) assert.equal((await take(1, key)).ok, false, key);
    });

    test("asked for many times at once give their burst and not one more", async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => take(1)));
      assert.equal(answers.filter(({ ok }) => ok).length, twoASecond.burst);
    });

    test("keep to the budget that is asked for now, also when it was another before", async () => {
      assert.deepEqual(await take(1, "alice", { perSecond: 1, burst: 100 }), { ok: true });
      assert.deepEqual(await take(5), { ok: true });
      assert.deepEqual(await take(1), { ok: false, retryAfterMs: 500 });
    });

    test("refuse what no engine takes, and everything after the end", async () => {
      for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
        await assert.rejects(take(bad), { code: "invalid-argument" });
        await assert.rejects(take(1, "alice", { perSecond: bad, burst: 5 }), { code: "invalid-argument" });
        await assert.rejects(take(1, "alice", { perSecond: 1, burst: bad }), { code: "invalid-argument" });
      }
      await assert.rejects(take(5.001), { code: "invalid-argument" });
      await assert.rejects(take(1, ""), { code: "invalid-argument" });
      assert.deepEqual(await take(5), { ok: true }, "nothing was taken");
      await room.close();
      await assert.rejects(take(1), { code: "closed" });
    });
  });
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryBudgets } from "../../src/memory/memory-budgets.ts";

const budget = { perSecond: 1, burst: 10 };

test("past its bound the key that was used longest ago is forgotten, and begins full (R29)", async () => {
  const budgets = new MemoryBudgets(2, () => 0);
  for (const key of ["a", "b", "a", "c"]) await budgets.take(key, 4, budget);
  assert.equal(budgets.size, 2);
  assert.equal((await budgets.take("a", 4, budget)).ok, false);
  assert.equal((await budgets.take("b", 10, budget)).ok, true, "b was used before a");
});

test("a key takes memory only until its budget is full again", async () => {
  let nowMs = 0;
  const budgets = new MemoryBudgets(1_000, () => nowMs);
  for (let count = 0; count < 100; count += 1) await budgets.take(`key ${count}`, 5, budget);
  assert.equal(budgets.size, 100);
  nowMs = 5_000;
  for (let count = 0; count < 100; count += 1) await budgets.take("other", 0.01, budget);
  assert.equal(budgets.size, 1);
});

test("a refused take is no use of its key", async () => {
  const budgets = new MemoryBudgets(2, () => 0);
  await budgets.take("a", 10, budget);
  await budgets.take("b", 10, budget);
  assert.equal((await budgets.take("a", 1, budget)).ok, false);
  await budgets.take("c", 10, budget);
  assert.equal((await budgets.take("b", 1, budget)).ok, false, "a was forgotten, not b");
});

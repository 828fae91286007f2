import assert from "node:assert/strict";
import { test } from "node:test";
import { inSlices } from "../../src/connection/in-slices.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";

test("visits every item once, all of a short list in the same turn", async () => {
  const visited: number[] = [];
  const done = inSlices([1, 2, 3], new ManualClock(), (item) => void visited.push(item) as undefined);
  assert.deepEqual(visited, [1, 2, 3]);
  await done;
});

test("keeps the event loop no longer than 5 ms at a time: 10,000 items of 0.1 ms each (R31)", async () => {
  const clock = new ManualClock();
  let count = 0;
  let sinceTurn = 0;
  let longest = 0;
  let isDone = false;
  const turn = (): void => {
    longest = Math.max(longest, sinceTurn);
    sinceTurn = 0;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  await inSlices(Array(10_000).keys(), clock, () => {
    count += 1;
    sinceTurn += 0.1;
    clock.pass(0.1);
    return undefined;
  });
  isDone = true;
  assert.equal(count, 10_000);
  assert.ok(longest > 1 && longest <= 5, `${longest} ms at a time`);
});

test("waits for visits that take time, several at once, and does not wait for one to begin the next", async () => {
  const waiting: (() => void)[] = [];
  let isDone = false;
  const done = inSlices(
    Array(20).keys(),
    new ManualClock(),
    () => new Promise<void>((resolve) => waiting.push(resolve)),
  );
  done.then(() => {
    isDone = true;
  });
  assert.equal(waiting.length, 16);
  for (const resolve of waiting.splice(0)) resolve();
  await new Promise(setImmediate);
  assert.deepEqual([waiting.length, isDone], [4, false]);
  for (const resolve of waiting.splice(0)) resolve();
  await done;
});

test("visits what was there when it began, though items come and go", async () => {
  const items = new Set([1, 2]);
  const visited: number[] = [];
  await inSlices(items, new ManualClock(), (item) => {
    visited.push(item);
    items.delete(2);
    items.add(visited.length + 2);
    return undefined;
  });
  assert.deepEqual(visited, [1, 2]);
});

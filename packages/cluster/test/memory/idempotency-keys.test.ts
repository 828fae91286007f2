import assert from "node:assert/strict";
import { test } from "node:test";
import { IdempotencyKeys } from "../../src/memory/idempotency-keys.ts";

const position = { stream: "s_tea", offset: 1 };

test("a key is found for five minutes and no longer, swept or not", () => {
  const keys = new IdempotencyKeys(10);
  keys.remember("tea", "k", position, 1_000);
  assert.equal(keys.find("tea", "k", 300_999), position);
  assert.equal(keys.find("tea", "k", 301_000), undefined);
  assert.equal(keys.size, 1);
});

test("sweeping takes expired keys away, a few each time, and leaves the others", () => {
  const keys = new IdempotencyKeys(100);
  for (let index = 0; index < 20; index += 1) keys.remember("tea", `old ${index}`, position, 0);
  keys.remember("tea", "young", position, 1);
  keys.sweep(299_999);
  assert.equal(keys.size, 21);
  keys.sweep(300_000);
  assert(keys.size > 1 && keys.size < 21, `one sweep left ${keys.size}`);
  for (let index = 0; index < 20; index += 1) keys.sweep(300_000);
  assert.equal(keys.size, 1);
  assert.equal(keys.find("tea", "young", 300_000), position);
});

test("a key that expired and is used anew has its five minutes from then on", () => {
  const keys = new IdempotencyKeys(10);
  keys.remember("tea", "k", position, 0);
  keys.remember("tea", "k", { ...position, offset: 2 }, 400_000);
  keys.sweep(600_000);
  assert.equal(keys.find("tea", "k", 600_000)?.offset, 2);
  assert.equal(keys.size, 1);
});

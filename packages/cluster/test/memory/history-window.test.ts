import assert from "node:assert/strict";
import { test } from "node:test";
import { HistoryWindow, itemOverheadBytes } from "../../src/memory/history-window.ts";

const plenty = { messages: 1_000_000, bytes: 1_000_000, ttlMs: 1_000 };

test("an item that its bounds do not allow takes no memory", () => {
  const kept = { bytes: 0 };
  const window = new HistoryWindow(kept);
  for (const bounds of [
    { messages: 0, bytes: 1_000_000, ttlMs: 1_000 },
    { messages: 100, bytes: 1_000_000, ttlMs: 0 },
  ]) {
    const item = window.append(new Uint8Array(50), bounds, 0);
    assert.deepEqual([item.offset, window.newest, window.oldest], [item.offset, item.offset, item.offset + 1]);
    assert.equal(kept.bytes, 0);
  }
});

test("windows that share their count of bytes add to it and take from it exactly", () => {
  const kept = { bytes: 0 };
  const one = new HistoryWindow(kept);
  const other = new HistoryWindow(kept);
  one.append(new Uint8Array(10), plenty, 0);
  other.append(new Uint8Array(20), plenty, 0);
  one.append(new Uint8Array(30), plenty, 500);
  assert.equal(kept.bytes, 60 + 3 * itemOverheadBytes);
  one.expire(999);
  assert.equal(one.oldest, 1);
  one.expire(1_000);
  assert.deepEqual([one.oldest, one.newest], [2, 2]);
  assert.equal(kept.bytes, 50 + 2 * itemOverheadBytes);
  one.clear();
  assert.equal(kept.bytes, 20 + itemOverheadBytes);
  assert.equal(one.dropOldest(), false);
  assert.equal(other.dropOldest(), true);
  assert.equal(kept.bytes, 0);
});

test("a window that slides over a hundred thousand items keeps the right ones at every step", () => {
  const window = new HistoryWindow({ bytes: 0 });
  const bytes = new Uint8Array(0);
  for (let offset = 1; offset <= 100_000; offset += 1) {
    window.append(bytes, { messages: 1 + (offset % 97), bytes: 1_000_000, ttlMs: 1_000 }, 0);
    const size = window.newest - window.oldest + 1;
    assert(window.newest === offset && size <= 1 + (offset % 97) && size >= 1);
    assert.equal(window.range(window.oldest, window.oldest)[0]?.offset, window.oldest);
    assert.equal(window.range(offset, offset)[0]?.offset, offset);
  }
});

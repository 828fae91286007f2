import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GatheredValue } from "../../src/session-records/gathered-value.ts";

describe("a value that comes in chunks (SR-1.2)", () => {
  test("is its chunks, one after another", () => {
    const value = new GatheredValue("data", 100);
    for (const chunk of [Uint8Array.of(1, 2), Uint8Array.of(3), new Uint8Array(0), Uint8Array.of(4, 5, 6)]) {
      assert.equal(value.add(chunk), true);
    }
    assert.deepEqual(value.content, Uint8Array.of(1, 2, 3, 4, 5, 6));
  });

  test("has as many bytes as it may, and not one more", () => {
    const value = new GatheredValue("data", 5);
    assert.equal(value.add(new Uint8Array(3)), true);
    assert.equal(value.add(new Uint8Array(3)), false);
    assert.equal(value.add(new Uint8Array(2)), true);
    assert.equal(value.add(new Uint8Array(1)), false);
  });

  test("holds memory by its content, not by the plaintexts that brought it", () => {
    const value = new GatheredValue("data", 65_536);
    const plaintext = new Uint8Array(61_440);
    for (let count = 0; count < 1_000; count += 1) value.add(plaintext.subarray(2, 3));
    assert.notEqual(value.content.buffer, plaintext.buffer);
    assert.equal(value.content.length, 1_000);
    assert.ok(value.content.buffer.byteLength <= 2_000, `${value.content.buffer.byteLength} bytes for 1,000`);
  });

  test("never takes more memory than the longest value, however it grows", () => {
    const value = new GatheredValue("data", 1_500);
    for (let count = 0; count < 15; count += 1) value.add(new Uint8Array(100));
    assert.equal(value.content.buffer.byteLength, 1_500);
  });
});

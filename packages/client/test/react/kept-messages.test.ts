import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type KeptMessage, keepMessages } from "../../src/react/kept-messages.ts";

function kept(offset: number, stream = "s1"): KeptMessage {
  const message = { sender: undefined, at: 0, offset, id: `${stream}/${offset}`, data: undefined, afterGap: false };
  return { stream, message };
}

const idsOf = (messages: readonly KeptMessage[]): string[] => messages.map(({ message }) => message.id);

test("puts a page of history, newest first, before what has arrived", () => {
  const live = keepMessages([], [kept(9)], 10);
  const all = keepMessages(live, [kept(9), kept(8), kept(7)], 10);
  assert.deepEqual(idsOf(all), ["s1/7", "s1/8", "s1/9"]);
});

test("puts a new stream behind the old one, whatever its offsets", () => {
  const all = keepMessages([kept(8), kept(9)], [kept(1, "s2")], 10);
  assert.deepEqual(idsOf(all), ["s1/8", "s1/9", "s2/1"]);
});

test("lets the oldest go, and gives the same list when nothing is new", () => {
  const three = keepMessages([], [kept(1), kept(2), kept(3), kept(4)], 3);
  assert.deepEqual(idsOf(three), ["s1/2", "s1/3", "s1/4"]);
  assert.equal(keepMessages(three, [kept(3)], 3), three);
  assert.equal(keepMessages(three, [], 3), three);
  assert.deepEqual(keepMessages(three, [kept(5)], 0), []);
});

test("keeps every message once and in order, in whatever portions they come", () => {
  const portions = fc.array(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 20 }), { maxLength: 10 });
  fc.assert(
    fc.property(portions, (offsets) => {
      const all = offsets.reduce<readonly KeptMessage[]>(
        (messages, portion) =>
          keepMessages(
            messages,
            portion.map((offset) => kept(offset)),
            100,
          ),
        [],
      );
      const expected = [...new Set(offsets.flat())].sort((a, b) => a - b).map((offset) => `s1/${offset}`);
      assert.deepEqual(idsOf(all), expected);
    }),
  );
});

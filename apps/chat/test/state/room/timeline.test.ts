import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type ChatMessage, insertMessages, seamBefore } from "../../../src/state/room/timeline.ts";

const alice = { user: "alice", device: "phone", connection: "c_1" };

function message(offset: number, more: Partial<ChatMessage> = {}): ChatMessage {
  return { stream: "s_1", offset, id: `m_${offset}`, sender: alice, at: offset * 1_000, text: String(offset), ...more };
}

const offsets = (messages: readonly ChatMessage[]): readonly number[] => messages.map(({ offset }) => offset);

describe("insertMessages()", () => {
  test("keeps messages in order and once each, however they arrive", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 10 }), { maxLength: 10 }),
        (pages) => {
          let messages: readonly ChatMessage[] = [];
          for (const page of pages) {
            messages = insertMessages(
              messages,
              page.map((offset) => message(offset)),
            );
          }
          const expected = [...new Set(pages.flat())].sort((a, b) => a - b);
          assert.deepEqual(offsets(messages), expected);
        },
      ),
    );
  });

  test("does not replace a message that is there, so that it need not be drawn again", () => {
    const first = message(1);
    const [kept] = insertMessages([first], [message(1), message(2)]);
    assert.equal(kept, first);
  });

  test("lets the oldest go beyond what is kept", () => {
    const all = Array.from({ length: 12 }, (_, index) => message(index + 1));
    assert.deepEqual(offsets(insertMessages(all.slice(0, 11), all.slice(11), 10)), [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    assert.equal(insertMessages([], all, 10).length, 10);
  });

  test("puts a new stream behind everything, though its offsets begin anew", () => {
    const messages = insertMessages([message(7), message(8)], [message(1, { stream: "s_2" })]);
    assert.deepEqual(offsets(messages), [7, 8, 1]);
    assert.deepEqual(offsets(insertMessages(messages, [message(2, { stream: "s_2" })])), [7, 8, 1, 2]);
  });

  test("changes nothing when nothing arrives", () => {
    const messages = [message(1)];
    assert.equal(insertMessages(messages, []), messages);
  });
});

describe("seamBefore()", () => {
  test("shows a gap where offsets are missing or the stream changed, and none between neighbours", () => {
    assert.equal(seamBefore(message(3), message(1)).gap, true);
    assert.equal(seamBefore(message(2, { stream: "s_2" }), message(1)).gap, true);
    assert.equal(seamBefore(message(2), message(1)).gap, false);
    assert.equal(seamBefore(message(9), undefined).gap, false);
  });

  test("joins what one person says on one device within a few minutes", () => {
    assert.equal(seamBefore(message(2), message(1)).continues, true);
    const laptop = { ...alice, device: "laptop" };
    assert.equal(seamBefore(message(2, { sender: laptop }), message(1)).continues, false);
    assert.equal(seamBefore(message(2, { at: 10 * 60_000 }), message(1)).continues, false);
    assert.equal(seamBefore(message(3), message(1)).continues, false);
  });

  test("names a day at its first message", () => {
    const nextDay = message(2, { at: 26 * 60 * 60 * 1_000 });
    assert.equal(seamBefore(message(1), undefined).newDay, true);
    assert.equal(seamBefore(message(2), message(1)).newDay, false);
    assert.equal(seamBefore(nextDay, message(1)).newDay, true);
  });
});

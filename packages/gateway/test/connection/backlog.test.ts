import assert from "node:assert/strict";
import { test } from "node:test";
import { type Droppable, Segment } from "../../src/channels/segment.ts";
import { type Amount, Backlog, isGap, type Queued } from "../../src/connection/backlog.ts";

const everything = { bytes: 1_000_000, frames: 1_000 };

function messages(delivery: Droppable["delivery"], from: number, to = from, channel = 7): Segment {
  const segment = new Segment({ channel, delivery, announced: true });
  for (let offset = from; offset <= to; offset += 1) segment.addMessage(offset, Buffer.from(`{"offset":${offset}}`));
  return segment;
}

function leaveOut(queue: readonly Queued[], excess: Amount): readonly Queued[] {
  const waiting = new Backlog();
  waiting.add(queue);
  return waiting.without(excess).queue;
}

const reply = Buffer.from("{}\n");

function shown(queue: readonly Queued[]): unknown[] {
  return queue.map((queued) => {
    if (isGap(queued)) return [queued.from, queued.to];
    return queued instanceof Segment ? queued.bytes("json").toString().trim() : "reply";
  });
}

test("no gap reaches over a frame that may say that the channel goes on in another stream", () => {
  const queue = [messages("drop-oldest", 1, 3), reply, messages("drop-oldest", 4, 5)];
  assert.deepEqual(shown(leaveOut(queue, everything)), [[1, 3], "reply", [4, 5]]);
});

test("gaps of a channel that follow each other become one, those of other channels stay apart", () => {
  const queue = [messages("drop-oldest", 1), messages("drop-oldest", 8, 9, 6), { channel: 7, from: 2, to: 3 }];
  assert.deepEqual(shown(leaveOut(queue, everything)), [
    [1, 3],
    [8, 9],
  ]);
});

test("offsets that do not follow are two gaps", () => {
  const queue = [messages("drop-oldest", 5), messages("drop-oldest", 1, 2)];
  assert.deepEqual(shown(leaveOut(queue, everything)), [
    [5, 5],
    [1, 2],
  ]);
});

test("no more of drop-oldest goes than has to, and nothing of what may not be left out", () => {
  const queue = [reply, messages("drop-oldest", 1, 2), messages("drop-oldest", 3), reply, messages("drop-oldest", 4)];
  assert.deepEqual(shown(leaveOut(queue, { bytes: 0, frames: 1 })), [
    "reply",
    [1, 2],
    '{"offset":3}',
    "reply",
    '{"offset":4}',
  ]);
});

test("of keep-latest the last message of the last segment is left, the same bytes for everybody", () => {
  const last = messages("keep-latest", 2, 4);
  const [gap, kept] = leaveOut([messages("keep-latest", 1), last], { bytes: 0, frames: 0 });
  assert.deepEqual(shown([gap as Queued, kept as Queued]), [[1, 3], '{"offset":4}']);
  assert.equal(kept, last.latest);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { BoundedQueue } from "../../src/channels/bounded-queue.ts";
import { ClientError } from "../../src/client-error.ts";
import { readAll } from "../support/read.ts";

test("gives items in order, those that came before the reader and those that come after", async () => {
  const queue = new BoundedQueue<number>(10);
  queue.push(1);
  const reader = queue[Symbol.asyncIterator]();
  assert.deepEqual(await reader.next(), { done: false, value: 1 });
  const next = reader.next();
  queue.push(2);
  assert.deepEqual(await next, { done: false, value: 2 });
});

test("gives what is unread before it ends", async () => {
  const queue = new BoundedQueue<number>(10);
  queue.push(1);
  queue.push(2);
  queue.end();
  queue.push(3);
  assert.deepEqual(await readAll(queue), [1, 2]);
});

test("gives what is unread before it fails", async () => {
  const queue = new BoundedQueue<number>(10);
  queue.push(1);
  queue.end(new ClientError("left", "over"));
  const read: number[] = [];
  await assert.rejects(
    async () => {
      for await (const item of queue) read.push(item);
    },
    { code: "left" },
  );
  assert.deepEqual(read, [1]);
});

test("a reader that waits learns of the end", async () => {
  const quiet = new BoundedQueue<number>(10);
  const done = readAll(quiet);
  quiet.end();
  assert.deepEqual(await done, []);
  const loud = new BoundedQueue<number>(10);
  const failed = readAll(loud);
  loud.end(new ClientError("left", "over"));
  await assert.rejects(failed, { code: "left" });
  await assert.rejects(readAll(loud), { code: "left" });
});

test("a full queue keeps the oldest, then tells how many were dropped, then goes on (R60)", async () => {
  const queue = new BoundedQueue<number>(2);
  for (let item = 1; item <= 5; item += 1) queue.push(item);
  const read: number[] = [];
  await assert.rejects(
    async () => {
      for await (const item of queue) read.push(item);
    },
    { code: "overflow", message: /^3 items/ },
  );
  assert.deepEqual(read, [1, 2]);
  queue.push(6);
  queue.end();
  assert.deepEqual(await readAll(queue), [6]);
});

test("a queue that is exactly full has dropped nothing", async () => {
  const queue = new BoundedQueue<number>(2);
  queue.push(1);
  queue.push(2);
  queue.end();
  assert.deepEqual(await readAll(queue), [1, 2]);
});

test("has one reader at a time, and another after the first has left its loop", async () => {
  const queue = new BoundedQueue<number>(10);
  queue.push(1);
  queue.push(2);
  for await (const item of queue) {
    assert.equal(item, 1);
    assert.throws(() => queue[Symbol.asyncIterator](), { code: "already-reading" });
    break;
  }
  queue.end();
  assert.deepEqual(await readAll(queue), [2]);
});

test("refuses a second next() while the first one waits", async () => {
  const queue = new BoundedQueue<number>(10);
  const reader = queue[Symbol.asyncIterator]();
  const first = reader.next();
  await assert.rejects(reader.next(), { code: "already-reading" });
  queue.push(1);
  assert.deepEqual(await first, { done: false, value: 1 });
});

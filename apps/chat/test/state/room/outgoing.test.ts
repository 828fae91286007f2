import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ChatChannel } from "../../../src/state/chat-client.ts";
import { createOutgoing } from "../../../src/state/room/outgoing.ts";
import { FakeChannel, settled } from "../fake-client.ts";

describe("messages on their way", () => {
  test("are shown until the gateway has confirmed them", async () => {
    const channel = new FakeChannel();
    const outgoing = createOutgoing(() => channel.asChannel);
    outgoing.send("hello");
    assert.deepEqual(
      outgoing.list.value.map(({ text, error }) => [text, error]),
      [["hello", undefined]],
    );
    await settled();
    assert.deepEqual(outgoing.list.value, []);
  });

  test("are sent again with the same key, so that one message cannot become two (R60)", async () => {
    const channel = new FakeChannel();
    const lost = new Error("disconnected");
    channel.publishFailures.push(lost);
    const outgoing = createOutgoing(() => channel.asChannel);
    outgoing.send("hello");
    await settled();
    const [failed] = outgoing.list.value;
    assert.equal(failed?.error, lost);
    outgoing.retry(failed.key);
    outgoing.retry(failed.key);
    await settled();
    assert.deepEqual(outgoing.list.value, []);
    assert.deepEqual(channel.published, [
      { text: "hello", key: failed.key },
      { text: "hello", key: failed.key },
    ]);
    assert.match(failed.key, /^[\x21-\x7e]{1,64}$/);
  });

  test("have keys of their own", async () => {
    const channel = new FakeChannel();
    const outgoing = createOutgoing(() => channel.asChannel);
    outgoing.send("hello");
    outgoing.send("hello");
    await settled();
    assert.equal(new Set(channel.published.map(({ key }) => key)).size, 2);
  });

  test("wait for the room while it is being joined", async () => {
    const joining = Promise.withResolvers<ChatChannel>();
    const channel = new FakeChannel();
    const outgoing = createOutgoing(() => joining.promise);
    outgoing.send("hello");
    await settled();
    assert.deepEqual(
      outgoing.list.value.map(({ text, error }) => [text, error]),
      [["hello", undefined]],
    );
    joining.resolve(channel.asChannel);
    await settled();
    assert.equal(channel.published.length, 1);
  });

  test("wait for a person when the room was not joined, and can be given up", async () => {
    const refusal = new Error("forbidden");
    const outgoing = createOutgoing(() => Promise.reject(refusal));
    outgoing.send("hello");
    await settled();
    const [failed] = outgoing.list.value;
    assert.equal(failed?.error, refusal);
    outgoing.discard(failed?.key ?? "");
    assert.deepEqual(outgoing.list.value, []);
  });
});

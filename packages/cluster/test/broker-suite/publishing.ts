import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamItem } from "../../src/broker.ts";
import { type BrokerUnderTest, publication, publishAll, show } from "./broker-under-test.ts";

/** Order, once, positions. */
export function publishingTests(room: () => BrokerUnderTest): void {
  test("a subscriber is given every item in order, before its publish resolves", async () => {
    const { broker } = room();
    const heard: StreamItem[] = [];
    const { position } = await broker.subscribe("tea", (item) => heard.push(item));
    assert.equal(position.offset, 0);
    for (const [index, text] of ["a", "b", "c"].entries()) {
      const published = await broker.publish(publication(text));
      assert.deepEqual(published, { position: { stream: position.stream, offset: index + 1 }, duplicate: false });
      assert.equal(heard.length, index + 1);
    }
    assert.equal(show(heard), "1:a 2:b 3:c");
  });

  test("a listener is told the stream its items count in", async () => {
    const { broker } = room();
    const streams: string[] = [];
    const { position } = await broker.subscribe("tea", (_, stream) => streams.push(stream));
    await publishAll(broker, "ab");
    assert.deepEqual(streams, [position.stream, position.stream]);
  });

  test("the position is that after the newest item, before the first one too, and of one channel only", async () => {
    const { broker } = room();
    const { stream, offset } = await broker.position("tea");
    assert.equal(offset, 0);
    await broker.publish(publication("x", { channel: "coffee" }));
    assert.deepEqual(await publishAll(broker, "ab"), { stream, offset: 2 });
    assert.deepEqual(await broker.position("tea"), { stream, offset: 2 });
  });

  test("a subscription starts after its position: earlier items are history, later ones are delivered", async () => {
    const { broker } = room();
    await publishAll(broker, "ab");
    const heard: StreamItem[] = [];
    const { position } = await broker.subscribe("tea", (item) => heard.push(item));
    assert.equal(position.offset, 2);
    await publishAll(broker, "cd");
    assert.equal(show(heard), "3:c 4:d");
    assert.equal(show((await broker.history("tea", { since: position, limit: 10 })).items), "3:c 4:d");
  });

  test("publishes that are not awaited in between keep the order in which they were called", async () => {
    const { broker } = room();
    const heard: StreamItem[] = [];
    await broker.subscribe("tea", (item) => heard.push(item));
    const published = await Promise.all(["a", "b", "c", "d"].map((text) => broker.publish(publication(text))));
    assert.deepEqual(
      published.map(({ position }) => position.offset),
      [1, 2, 3, 4],
    );
    assert.equal(show(heard), "1:a 2:b 3:c 4:d");
  });

  test("channels do not hear each other and count for themselves", async () => {
    const { broker } = room();
    const heard: StreamItem[] = [];
    await broker.subscribe("tea", (item) => heard.push(item));
    await broker.publish(publication("x", { channel: "coffee" }));
    await broker.publish(publication("x", { channel: "tea2" }));
    await broker.publish(publication("a"));
    assert.equal(show(heard), "1:a");
  });

  test("an ended subscription hears nothing, and ending it twice ends no other", async () => {
    const { broker } = room();
    const first: StreamItem[] = [];
    const second: StreamItem[] = [];
    const listener = (item: StreamItem): number => second.push(item);
    const { unsubscribe } = await broker.subscribe("tea", (item) => first.push(item));
    await broker.subscribe("tea", listener);
    await publishAll(broker, "a");
    unsubscribe();
    unsubscribe();
    await publishAll(broker, "b");
    assert.equal(show(first), "1:a");
    assert.equal(show(second), "1:a 2:b");
  });

  test("the same function may be subscribed twice: it hears items twice, then once", async () => {
    const { broker } = room();
    const heard: StreamItem[] = [];
    const listener = (item: StreamItem): number => heard.push(item);
    const { unsubscribe } = await broker.subscribe("tea", listener);
    await broker.subscribe("tea", listener);
    await publishAll(broker, "a");
    unsubscribe();
    await publishAll(broker, "b");
    assert.equal(show(heard), "1:a 1:a 2:b");
  });

  test("a stream goes on while it has subscribers, without history and however quiet", async () => {
    const { broker, advance } = room();
    const heard: StreamItem[] = [];
    const { position } = await broker.subscribe("tea", (item) => heard.push(item));
    await broker.publish(publication("a", { history: { messages: 0, bytes: 1_000_000, ttlMs: 0 } }));
    await advance(3_600_000);
    for (let count = 0; count < 20; count += 1) await broker.history(`other-${count}`, { limit: 1 });
    const published = await broker.publish(publication("b"));
    assert.deepEqual(published.position, { stream: position.stream, offset: 2 });
    assert.equal(show(heard), "1:a 2:b");
  });
}

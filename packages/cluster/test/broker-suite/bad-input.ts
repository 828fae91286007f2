import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamItem } from "../../src/broker.ts";
import { type BrokerUnderTest, clusterError, publication, publishAll, show } from "./broker-under-test.ts";

/** What is refused, and what is answered though it makes no sense. */
export function badInputTests(room: () => BrokerUnderTest): void {
  test("a position of another stream, from the future or no position at all cannot be continued from", async () => {
    const { broker } = room();
    const position = await publishAll(broker, "abc");
    const { stream } = position;
    const unusable = [
      { stream: `${stream}x`, offset: 1 },
      { stream: "", offset: 0 },
      { stream: "__proto__", offset: 1 },
      { stream, offset: 4 },
      { stream, offset: -1 },
      { stream, offset: 1.5 },
      { stream, offset: 2 ** 53 },
      { stream, offset: Number.MAX_VALUE },
      { stream, offset: Number.POSITIVE_INFINITY },
      { stream, offset: Number.NaN },
    ];
    for (const reverse of [false, true]) {
      for (const since of unusable) {
        const found = await broker.history("tea", { since, limit: 10, reverse });
        assert.deepEqual(found, { items: [], position, complete: false }, JSON.stringify(since));
      }
      const usable = await broker.history("tea", { since: { stream, offset: 2 }, limit: 10, reverse });
      assert.equal(usable.complete, true);
      assert.equal(usable.items.length, 1);
    }
  });

  test("a position of another channel is a position of another stream", async () => {
    const { broker } = room();
    const since = await publishAll(broker, "abc");
    const { position } = await broker.publish(publication("x", { channel: "coffee" }));
    assert.notEqual(position.stream, since.stream);
    assert.equal((await broker.history("coffee", { since: { ...since, offset: 0 }, limit: 10 })).complete, false);
  });

  test("a limit that allows nothing or is no integer is refused, a huge one is not", async () => {
    const { broker } = room();
    await publishAll(broker, "abc");
    for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await assert.rejects(broker.history("tea", { limit }), clusterError("invalid-argument"), String(limit));
    }
    for (const reverse of [false, true]) {
      const { items } = await broker.history("tea", { limit: Number.MAX_SAFE_INTEGER, reverse });
      assert.equal(items.length, 3);
    }
  });

  test("bounds that are negative, fractions or infinite are refused, and nothing is published", async () => {
    const { broker } = room();
    for (const history of [
      { messages: -1, bytes: 1_000_000, ttlMs: 1 },
      { messages: 1.5, bytes: 1_000_000, ttlMs: 1 },
      { messages: Number.POSITIVE_INFINITY, bytes: 1_000_000, ttlMs: 1 },
      { messages: 1, bytes: -1, ttlMs: 1 },
      { messages: 1, bytes: 0.5, ttlMs: 1 },
      { messages: 1, bytes: Number.NaN, ttlMs: 1 },
      { messages: 1, bytes: 1_000_000, ttlMs: -1 },
      { messages: 1, bytes: 1_000_000, ttlMs: Number.NaN },
      { messages: 1, bytes: 1_000_000, ttlMs: Number.POSITIVE_INFINITY },
    ]) {
      const refused = broker.publish(publication("a", { history }));
      await assert.rejects(refused, clusterError("invalid-argument"), JSON.stringify(history));
    }
    assert.equal((await broker.position("tea")).offset, 0);
  });

  test("a channel or idempotency key that is empty or no Unicode text is refused, what it resembles is not", async () => {
    const { broker } = room();
    for (const name of ["", "te\ud800a"]) {
      for (const refused of [
        broker.publish(publication("a", { channel: name })),
        broker.publish(publication("a", { idempotencyKey: name })),
        broker.subscribe(name, () => undefined),
        broker.history(name, { limit: 1 }),
        broker.position(name),
      ]) {
        await assert.rejects(refused, clusterError("invalid-argument"), JSON.stringify(name));
      }
    }
    assert.equal((await broker.publish(publication("a", { channel: "te\ufffda" }))).position.offset, 1);
  });

  test("names that mean something to JavaScript, Redis or SQL are channels like others", async () => {
    const { broker } = room();
    for (const channel of ["__proto__", "constructor", "tea*", "{tea}", "te'a", "tea\0", "tea\r\n", "\u{1f375}", " "]) {
      const { position } = await broker.publish(publication("a", { channel }));
      assert.equal(position.offset, 1, channel);
      assert.equal(show((await broker.history(channel, { limit: 10 })).items), "1:a", channel);
    }
  });

  test("a closed broker refuses everything but closing again, and calls nobody", async () => {
    const { broker } = room();
    const heard: StreamItem[] = [];
    const { unsubscribe } = await broker.subscribe("tea", (item) => heard.push(item));
    await room().close();
    await assert.rejects(broker.publish(publication("a")), clusterError("closed"));
    await assert.rejects(
      broker.subscribe("tea", () => undefined),
      clusterError("closed"),
    );
    await assert.rejects(broker.history("tea", { limit: 1 }), clusterError("closed"));
    await assert.rejects(broker.position("tea"), clusterError("closed"));
    unsubscribe();
    await room().close();
    assert.deepEqual(heard, []);
  });
}

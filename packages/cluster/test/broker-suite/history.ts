import assert from "node:assert/strict";
import { test } from "node:test";
import type { HistoryQuery, StreamItem, StreamPosition } from "../../src/broker.ts";
import { type BrokerUnderTest, publication, publishAll, show } from "./broker-under-test.ts";

/** Paging, bounds, gaps. */
export function historyTests(room: () => BrokerUnderTest): void {
  const page = (query: HistoryQuery) => room().broker.history("tea", query);

  test("an unknown channel is an empty one, whose position the first item follows", async () => {
    const { items, position, complete } = await page({ limit: 10 });
    assert.deepEqual(items, []);
    assert.equal(position.offset, 0);
    assert.equal(complete, true);
    await publishAll(room().broker, "a");
    const next = await page({ since: position, limit: 10 });
    assert.equal(show(next.items), "1:a");
    assert.equal(next.complete, true);
  });

  test("the bytes come back as they went in", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    await room().broker.publish(publication("", { bytes }));
    await room().broker.publish(publication("", { bytes: new Uint8Array(0) }));
    const { items } = await page({ limit: 10 });
    assert.deepEqual(items, [
      { offset: 1, bytes },
      { offset: 2, bytes: new Uint8Array(0) },
    ]);
  });

  test("pages go forward from the beginning, and `since` is exclusive", async () => {
    const { stream } = await publishAll(room().broker, "abcde");
    assert.equal(show((await page({ limit: 2 })).items), "1:a 2:b");
    assert.equal(show((await page({ since: { stream, offset: 2 }, limit: 2 })).items), "3:c 4:d");
    const last = await page({ since: { stream, offset: 4 }, limit: 2 });
    assert.equal(show(last.items), "5:e");
    const end = await page({ since: { stream, offset: 5 }, limit: 2 });
    assert.deepEqual(end, { items: [], position: { stream, offset: 5 }, complete: true });
  });

  test("pages go back from the end, newest first, and `since` is exclusive", async () => {
    const { stream } = await publishAll(room().broker, "abcde");
    assert.equal(show((await page({ limit: 2, reverse: true })).items), "5:e 4:d");
    assert.equal(show((await page({ since: { stream, offset: 4 }, limit: 2, reverse: true })).items), "3:c 2:b");
    for (const [offset, left] of [
      [2, "1:a"],
      [1, ""],
      [0, ""],
    ] as const) {
      const found = await page({ since: { stream, offset }, limit: 2, reverse: true });
      assert.equal(show(found.items), left);
      assert.equal(found.complete, true);
    }
  });

  test("a channel keeps the newest items its bounds allow, and says when a page has a gap", async () => {
    const history = { messages: 3, bytes: 1_000_000, ttlMs: 60_000 };
    for (const text of "abcde") await room().broker.publish(publication(text, { history }));
    const { items, position } = await page({ limit: 10 });
    assert.equal(show(items), "3:c 4:d 5:e");
    const at = (offset: number): StreamPosition => ({ stream: position.stream, offset });
    const gap = await page({ since: at(1), limit: 10 });
    assert.equal(show(gap.items), "3:c 4:d 5:e");
    assert.equal(gap.complete, false);
    assert.equal((await page({ since: at(2), limit: 10 })).complete, true);
    assert.equal((await page({ since: at(4), limit: 10, reverse: true })).complete, true);
    assert.equal((await page({ since: at(3), limit: 10, reverse: true })).complete, false);
  });

  test("a channel keeps the newest items that fit in its bytes, to the byte, and none of them in part", async () => {
    const { broker } = room();
    const history = { messages: 100, bytes: 6, ttlMs: 60_000 };
    for (const text of ["aa", "bb", "cc"]) await broker.publish(publication(text, { history }));
    assert.equal(show((await page({ limit: 10 })).items), "1:aa 2:bb 3:cc");
    const { position } = await broker.publish(publication("d", { history }));
    assert.equal(show((await page({ limit: 10 })).items), "2:bb 3:cc 4:d");
    assert.equal((await page({ since: { ...position, offset: 0 }, limit: 10 })).complete, false);
    assert.equal((await page({ since: { ...position, offset: 1 }, limit: 10 })).complete, true);
    await broker.publish(publication("larger than 6", { history }));
    const { items, position: end } = await page({ limit: 10 });
    assert.deepEqual([items, end.offset], [[], 5]);
    await broker.publish(publication("f", { history }));
    assert.equal(show((await page({ limit: 10 })).items), "6:f");
  });

  test("a channel of one message keeps the latest value", async () => {
    const { broker } = room();
    const history = { messages: 1, bytes: 1_000_000, ttlMs: 60_000 };
    for (const text of "abc") await broker.publish(publication(text, { history }));
    assert.equal(show((await page({ limit: 10 })).items), "3:c");
    const { stream } = await broker.position("tea");
    assert.equal((await page({ since: { stream, offset: 2 }, limit: 10 })).complete, true);
    assert.equal((await page({ since: { stream, offset: 1 }, limit: 10 })).complete, false);
  });

  test("items go when they are as old as the ttl, the position stays", async () => {
    const { broker, advance } = room();
    const history = { messages: 100, bytes: 1_000_000, ttlMs: 1_000 };
    await broker.publish(publication("a", { history }));
    await advance(600);
    const { position } = await broker.publish(publication("b", { history }));
    await advance(399);
    assert.equal(show((await page({ limit: 10 })).items), "1:a 2:b");
    await advance(1);
    assert.equal(show((await page({ limit: 10 })).items), "2:b");
    await advance(600);
    assert.deepEqual(await page({ limit: 10 }), { items: [], position, complete: true });
    assert.equal((await page({ since: { ...position, offset: 1 }, limit: 10 })).complete, false);
    assert.equal((await page({ since: position, limit: 10 })).complete, true);
  });

  test("an expired item is read by nobody, however many channels there are", async () => {
    const { broker, advance } = room();
    const channels = Array.from({ length: 50 }, (_, index) => `tea ${index}`);
    const history = { messages: 100, bytes: 1_000_000, ttlMs: 1_000 };
    for (const channel of channels) await broker.publish(publication("a", { channel, history }));
    await advance(1_000);
    for (const channel of channels.toReversed()) {
      assert.deepEqual((await broker.history(channel, { limit: 10 })).items, [], channel);
    }
  });

  test("the bounds of the newest publication hold for the items before it", async () => {
    const { broker } = room();
    await publishAll(broker, "abc");
    await broker.publish(publication("d", { history: { messages: 2, bytes: 1_000_000, ttlMs: 60_000 } }));
    assert.equal(show((await page({ limit: 10 })).items), "3:c 4:d");
  });

  for (const history of [
    { messages: 0, bytes: 1_000_000, ttlMs: 60_000 },
    { messages: 100, bytes: 1_000_000, ttlMs: 0 },
  ]) {
    test(`a channel of ${history.messages} messages and ${history.ttlMs} ms keeps none, delivers and counts`, async () => {
      const heard: StreamItem[] = [];
      const { position } = await room().broker.subscribe("tea", (item) => heard.push(item));
      for (const text of "ab") await room().broker.publish(publication(text, { history }));
      assert.equal(show(heard), "1:a 2:b");
      const stream = position.stream;
      assert.deepEqual(await page({ limit: 10 }), { items: [], position: { stream, offset: 2 }, complete: true });
      assert.equal((await page({ since: position, limit: 10 })).complete, false);
    });
  }

  test("a stream without subscribers and history goes on for five minutes after its last use", async () => {
    const { broker, advance } = room();
    const { position } = await broker.publish(
      publication("a", { history: { messages: 0, bytes: 1_000_000, ttlMs: 0 } }),
    );
    await advance(299_999);
    assert.deepEqual((await page({ limit: 10 })).position, position);
  });
}

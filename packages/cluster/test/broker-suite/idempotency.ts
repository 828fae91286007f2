import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamItem } from "../../src/broker.ts";
import { type BrokerUnderTest, publication, publishAll, show } from "./broker-under-test.ts";

/** Retries. */
export function idempotencyTests(room: () => BrokerUnderTest): void {
  const publish = (text: string, key: string, channel = "tea") =>
    room().broker.publish(publication(text, { channel, idempotencyKey: key }));

  test("a retry with the same key publishes nothing and is answered with the first position (R44)", async () => {
    const heard: StreamItem[] = [];
    await room().broker.subscribe("tea", (item) => heard.push(item));
    const first = await publish("a", "k");
    await publish("b", "other");
    const again = await publish("a", "k");
    assert.deepEqual(again, { position: first.position, duplicate: true });
    assert.equal(first.duplicate, false);
    assert.equal(show(heard), "1:a 2:b");
    assert.equal(show((await room().broker.history("tea", { limit: 10 })).items), "1:a 2:b");
  });

  test("retries that do not wait for the first one publish it once", async () => {
    const answers = await Promise.all([publish("a", "k"), publish("a", "k"), publish("a", "k")]);
    assert.deepEqual(
      answers.map(({ position, duplicate }) => [position.offset, duplicate]),
      [
        [1, false],
        [1, true],
        [1, true],
      ],
    );
  });

  test("without a key the same bytes are published each time", async () => {
    const { offset } = await publishAll(room().broker, "aa");
    assert.equal(offset, 2);
  });

  test("the same key on another channel is another key, however the two are put together", async () => {
    for (const [channel, key] of [
      ["tea", "k"],
      ["te", "ak"],
      ["teak", "k"],
      ["tea ", "k"],
      ["tea\0", "k"],
    ] as const) {
      assert.equal((await publish("a", key, channel)).duplicate, false, `${channel} ${key}`);
    }
  });

  test("a key is remembered for five minutes, and may be used anew once it is forgotten", async () => {
    const { advance } = room();
    await publish("a", "k");
    await advance(299_999);
    assert.equal((await publish("a", "k")).duplicate, true);
    await advance(300_001);
    assert.equal((await publish("a", "k")).duplicate, false);
    await advance(299_999);
    assert.equal((await publish("a", "k")).duplicate, true);
  });

  test("every key is forgotten in its time, however many there are", async () => {
    const { advance } = room();
    const keys = Array.from({ length: 50 }, (_, index) => `k${index}`);
    for (const key of keys) await publish("a", key);
    for (const key of keys) assert.equal((await publish("a", key)).duplicate, true, key);
    await advance(300_001);
    for (const key of keys.toReversed()) assert.equal((await publish("a", key)).duplicate, false, key);
  });

  test("a key is remembered when the item itself is in no history", async () => {
    const { advance, broker } = room();
    const once = publication("a", { history: { messages: 0, bytes: 1_000_000, ttlMs: 0 }, idempotencyKey: "k" });
    const first = await broker.publish(once);
    await advance(299_000);
    assert.deepEqual(await broker.publish(once), { position: first.position, duplicate: true });
  });
}

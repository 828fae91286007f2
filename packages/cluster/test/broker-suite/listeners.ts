import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamItem, StreamPosition } from "../../src/broker.ts";
import { type BrokerUnderTest, publication, publishAll, show } from "./broker-under-test.ts";

/** What listeners may do while they are called. */
export function listenerTests(room: () => BrokerUnderTest): void {
  test("a listener that publishes reorders nothing for those called after it", async () => {
    const { broker } = room();
    const nested: Promise<unknown>[] = [];
    const first: StreamItem[] = [];
    const second: StreamItem[] = [];
    await broker.subscribe("tea", (item) => {
      first.push(item);
      if (item.offset < 3) nested.push(broker.publish(publication(`answer ${item.offset}`)));
    });
    await broker.subscribe("tea", (item) => second.push(item));
    await publishAll(broker, "a");
    // Each may be followed by another.
    for (const each of nested) await each;
    assert.equal(show(first), "1:a 2:answer 1 3:answer 2");
    assert.equal(show(second), show(first));
  });

  test("a publish from within a listener resolves after everybody was called", async () => {
    const { broker } = room();
    const heard: StreamItem[] = [];
    const { promise, resolve } = Promise.withResolvers<string>();
    const { unsubscribe } = await broker.subscribe("tea", () => {
      unsubscribe();
      void broker.publish(publication("b")).then(() => resolve(show(heard)));
    });
    await broker.subscribe("tea", (item) => heard.push(item));
    await publishAll(broker, "a");
    assert.equal(await promise, "1:a 2:b");
  });

  test("whoever is unsubscribed by a listener is not called again, whoever is subscribed starts later", async () => {
    const { broker } = room();
    const cut: StreamItem[] = [];
    const late: StreamItem[] = [];
    const joining: Promise<{ readonly position: StreamPosition }>[] = [];
    const ends: (() => void)[] = [];
    await broker.subscribe("tea", ({ offset }) => {
      for (const end of ends) end();
      if (offset === 1) joining.push(broker.subscribe("tea", (item) => late.push(item)));
    });
    ends.push((await broker.subscribe("tea", (item) => cut.push(item))).unsubscribe);
    await publishAll(broker, "a");
    const [joined] = await Promise.all(joining);
    await publishAll(broker, "b");
    assert.equal(show(cut), "");
    assert.equal(joined?.position.offset, 1);
    assert.equal(show(late), "2:b");
  });

  test("a listener that closes the engine is the last one called", async () => {
    const { broker } = room();
    const heard: StreamItem[] = [];
    const closing: Promise<void>[] = [];
    await broker.subscribe("tea", () => closing.push(room().close()));
    await broker.subscribe("tea", (item) => heard.push(item));
    await publishAll(broker, "a");
    await Promise.all(closing);
    assert.equal(show(heard), "");
  });
}

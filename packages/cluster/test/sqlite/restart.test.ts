import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cluster } from "../../src/cluster.ts";
import { publication, publishAll, show } from "../broker-suite/broker-under-test.ts";
import { SetClock, StoreFile } from "./store-file.ts";

const dayMs = 86_400_000;
const bytes = new TextEncoder().encode("x");
const budget = { perSecond: 1, burst: 10 };

/** What a test does with an engine that is closed at the end. */
async function using<Result>(opening: Promise<Cluster>, act: (cluster: Cluster) => Promise<Result>): Promise<Result> {
  const cluster = await opening;
  try {
    return await act(cluster);
  } finally {
    await cluster.close();
  }
}

test("history, positions, idempotency keys, revocations and budgets outlive the engine, presence does not", async () => {
  using store = new StoreFile();
  const clock = new SetClock();
  const once = publication("c", { idempotencyKey: "k" });
  const before = await using(store.open({ clock }), async ({ broker, presence, revocations, budgets }) => {
    await publishAll(broker, "ab");
    await presence.add("tea", { id: "c1", bytes });
    for (const ttlMs of [1_000, dayMs]) await revocations.append(bytes, ttlMs);
    await budgets.take("alice", 10, budget);
    return broker.publish(once);
  });
  clock.advance(2_000);
  await using(store.open({ clock }), async ({ broker, presence, revocations, budgets }) => {
    const { items, position, complete } = await broker.history("tea", { limit: 10 });
    assert.equal(show(items), "1:a 2:b 3:c");
    assert.deepEqual([position, complete], [before.position, true]);
    assert.deepEqual(await broker.publish(once), { position: before.position, duplicate: true });
    assert.deepEqual(await presence.list("tea"), [], "whoever was connected to the other process is gone");
    assert.deepEqual(await revocations.read(0), { entries: [{ offset: 2, bytes }], watermark: 2 });
    assert.deepEqual(await revocations.append(bytes, dayMs), { offset: 3 });
    assert.deepEqual(await budgets.take("alice", 3, budget), { ok: false, retryAfterMs: 1_000 });
    assert.deepEqual(await budgets.take("alice", 2, budget), { ok: true });
  });
});

test("the watermark of revocations goes on when every entry has ended and been deleted", async () => {
  using store = new StoreFile();
  const clock = new SetClock();
  await using(store.open({ clock }), async ({ revocations }) => {
    for (const _ of [1, 2]) await revocations.append(bytes, 1_000);
    clock.advance(1_000);
    await revocations.read(0);
  });
  await using(store.open({ clock }), async ({ revocations }) => {
    assert.deepEqual(await revocations.read(0), { entries: [], watermark: 2 });
  });
});

test("a clock that is set while the engine runs neither expires anything nor stops time", async () => {
  using store = new StoreFile();
  const clock = new SetClock();
  await using(store.open({ clock }), async ({ broker, budgets }) => {
    await broker.publish(publication("a", { idempotencyKey: "k" }));
    await budgets.take("alice", 10, budget);
    for (const stepMs of [2 * dayMs, -4 * dayMs]) {
      clock.wallMs += stepMs;
      assert.equal(show((await broker.history("tea", { limit: 10 })).items), "1:a");
      assert.equal((await broker.publish(publication("a", { idempotencyKey: "k" }))).duplicate, true);
      assert.equal((await budgets.take("alice", 10, budget)).ok, false);
    }
    clock.monotonicMs += 60_000;
    assert.deepEqual((await broker.history("tea", { limit: 10 })).items, []);
    assert.equal((await budgets.take("alice", 10, budget)).ok, true);
  });
});

test("a clock set back between two runs revives nothing, and time goes on from where it was", async () => {
  using store = new StoreFile();
  const clock = new SetClock();
  const history = { messages: 10, bytes: 1_000, ttlMs: 60_000 };
  await using(store.open({ clock }), async ({ broker }) => {
    await broker.publish(publication("a", { history, idempotencyKey: "a" }));
    clock.advance(200_000);
    await broker.publish(publication("b", { history, idempotencyKey: "b" }));
    assert.equal(show((await broker.history("tea", { limit: 10 })).items), "2:b");
  });
  clock.wallMs -= 2 * dayMs;
  await using(store.open({ clock }), async ({ broker }) => {
    assert.equal(show((await broker.history("tea", { limit: 10 })).items), "2:b");
    assert.equal((await broker.publish(publication("b", { history, idempotencyKey: "b" }))).duplicate, true);
    clock.advance(59_999);
    assert.equal(show((await broker.history("tea", { limit: 10 })).items), "2:b");
    clock.advance(1);
    assert.deepEqual((await broker.history("tea", { limit: 10 })).items, []);
  });
});

test("a channel that was only read or watched keeps its stream over a restart within five minutes", async () => {
  using store = new StoreFile();
  const clock = new SetClock();
  const none = { messages: 0, bytes: 0, ttlMs: 0 };
  const { stream } = await using(store.open({ clock }), async ({ broker }) => {
    const { position } = await broker.publish(publication("a", { history: none }));
    clock.advance(250_000);
    await broker.subscribe("tea", () => undefined);
    clock.advance(1_000_000);
    await broker.position("other");
    return position;
  });
  await using(store.open({ clock }), async ({ broker }) => {
    clock.advance(299_999);
    for (const _ of [1, 2, 3]) await broker.position("other");
    assert.equal((await broker.position("tea")).stream, stream);
    clock.advance(300_000);
    for (const _ of [1, 2, 3]) await broker.position("other");
    assert.notEqual((await broker.position("tea")).stream, stream, "it has been empty and unused for five minutes");
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { channelKey } from "../../src/react/shared-channels.ts";
import { settle } from "../support/virtual-clock.ts";
import { giveJoined, giveLeft, message, push, sentTypes, startShared, tea, WatchedChannel } from "./watched-channel.ts";

test("equal params have the same key, whatever the order and the object", () => {
  assert.equal(channelKey("room", { a: 1, b: 2 }), channelKey("room", { b: 2, a: 1, c: undefined }));
  assert.notEqual(channelKey("room", { a: 1 }), channelKey("room", { a: 2 }));
  assert.notEqual(channelKey("room", { a: 1 }), channelKey("hall", { a: 1 }));
});

test("two components share one join; only the last to go leaves", async (t) => {
  const { shared, sockets } = await startShared(t);
  const first = new WatchedChannel(shared);
  const second = new WatchedChannel(shared);
  await settle();
  assert.equal(first.snapshot.status, "joining");
  await giveJoined(sockets.latest);
  assert.equal(first.snapshot.status, "joined");
  assert.equal(first.snapshot, second.snapshot);
  first.stop();
  await settle();
  assert.deepEqual(sentTypes(sockets.latest), ["join"]);
  second.stop();
  await settle();
  assert.deepEqual(sentTypes(sockets.latest), ["join", "leave"]);
});

test("what goes and comes back within one rendering neither leaves nor joins twice", async (t) => {
  const { shared, sockets } = await startShared(t);
  new WatchedChannel(shared).stop();
  const mounted = new WatchedChannel(shared);
  await settle();
  await giveJoined(sockets.latest);
  mounted.stop();
  const again = new WatchedChannel(shared);
  await settle();
  assert.deepEqual(sentTypes(sockets.latest), ["join"]);
  assert.equal(again.snapshot.status, "joined");
});

test("joins again only when the gateway knows of the leave", async (t) => {
  const { shared, sockets } = await startShared(t);
  const first = new WatchedChannel(shared);
  await settle();
  first.stop();
  await settle();
  const second = new WatchedChannel(shared);
  await settle();
  second.stop();
  await settle();
  // The first join has not been answered, so there is nothing to leave yet.
  assert.deepEqual(sentTypes(sockets.latest), ["join"]);
  await giveJoined(sockets.latest);
  assert.deepEqual(sentTypes(sockets.latest), ["join", "leave"]);
  const third = new WatchedChannel(shared);
  await settle();
  assert.deepEqual(sentTypes(sockets.latest), ["join", "leave"]);
  await giveLeft(sockets.latest);
  assert.deepEqual(sentTypes(sockets.latest), ["join", "leave", "join"]);
  assert.equal(third.snapshot.status, "joining");
});

test("a channel given up before there is a connection is never joined", async (t) => {
  const { shared, sockets } = await startShared(t, { connected: false });
  const mounted = new WatchedChannel(shared);
  await settle();
  mounted.stop();
  await settle();
  await sockets.latest.accept();
  assert.deepEqual(sentTypes(sockets.latest), []);
});

test("a channel given up and wanted again before there is a connection is joined", async (t) => {
  const { shared, sockets } = await startShared(t, { connected: false });
  const first = new WatchedChannel(shared);
  await settle();
  first.stop();
  const second = new WatchedChannel(shared);
  await settle();
  assert.equal(second.snapshot.status, "joining");
  await sockets.latest.accept();
  assert.deepEqual(sentTypes(sockets.latest), ["join"]);
});

test("publishes in the channel; before the join and after its failure with the reason", async (t) => {
  const { shared, sockets } = await startShared(t);
  const mounted = new WatchedChannel(shared);
  await assert.rejects(shared.publish(tea, { text: "early" }), { code: "not-connected" });
  await settle();
  await giveJoined(sockets.latest);
  const published = shared.publish(tea, { text: "hello" }, { key: "k1" });
  const { id, data, key } = sockets.latest.last("publish");
  assert.deepEqual({ data, key }, { data: { text: "hello" }, key: "k1" });
  sockets.latest.give({ type: "published", id: id ?? 0, offset: 11 });
  assert.deepEqual(await published, { offset: 11, duplicate: false });
  sockets.latest.give({ type: "left", channel: 7, code: "kicked" });
  await settle();
  assert.equal(mounted.snapshot.status, "failed");
  await assert.rejects(shared.publish(tea, { text: "late" }), { code: "kicked" });
});

test("a refused join fails; the next component to mount tries again", async (t) => {
  const { shared, sockets } = await startShared(t);
  const first = new WatchedChannel(shared);
  await settle();
  sockets.latest.give({ type: "error", id: sockets.latest.last("join").id, code: "forbidden", message: "not yours" });
  await settle();
  assert.equal(first.snapshot.error?.code, "forbidden");
  first.stop();
  const second = new WatchedChannel(shared);
  await settle();
  assert.equal(second.snapshot.status, "joining");
  await giveJoined(sockets.latest);
  assert.equal(second.snapshot.status, "joined");
});

test("params that do not fit the contract fail, and nothing is sent", async (t) => {
  const { shared, sockets } = await startShared(t);
  const key = channelKey("room", { roomId: "much too long for a room" });
  shared.subscribe(key, { keep: 1, history: 0 }, () => undefined);
  await settle();
  assert.equal(shared.snapshot(key).error?.code, "invalid-data");
  assert.deepEqual(sentTypes(sockets.latest), []);
});

test("says why a channel is over: ended by the gateway, left by the application, the client closed", async (t) => {
  for (const [end, code] of [
    ["gateway", "kicked"],
    ["application", "left"],
    ["client", "closed"],
  ] as const) {
    const { shared, sockets, client } = await startShared(t);
    const mounted = new WatchedChannel(shared);
    await settle();
    await giveJoined(sockets.latest);
    sockets.latest.give(push(11));
    await mounted.nextChange();
    if (end === "gateway") sockets.latest.give({ type: "left", channel: 7, code: "kicked" });
    else if (end === "application") void mounted.snapshot.channel?.leave().catch(() => undefined);
    else await client.close();
    await settle();
    assert.equal(mounted.snapshot.status, "failed");
    assert.equal(mounted.snapshot.error?.code, code);
    assert.deepEqual(mounted.texts, ["m11"], "what was read stays readable");
  }
});

test("messages that arrive together are one change", async (t) => {
  const { shared, sockets } = await startShared(t);
  const mounted = new WatchedChannel(shared, { keep: 3 });
  await settle();
  await giveJoined(sockets.latest);
  const before = mounted.changes;
  sockets.latest.give(...Array.from({ length: 50 }, (_, index) => push(11 + index)));
  await mounted.nextChange();
  await settle();
  assert.deepEqual(mounted.texts, ["m58", "m59", "m60"]);
  assert.equal(mounted.changes, before + 1);
  assert.equal(mounted.snapshot, mounted.snapshot);
});

test("messages of this client are among them", async (t) => {
  const { shared, sockets } = await startShared(t);
  const mounted = new WatchedChannel(shared);
  await settle();
  await giveJoined(sockets.latest);
  sockets.latest.give({ ...push(11, "mine"), from: { user: "alice", device: "phone", connection: "c_1" } });
  await mounted.nextChange();
  assert.deepEqual(mounted.texts, ["mine"]);
});

test("history comes first, and once, though a message arrives while it is read", async (t) => {
  const { shared, sockets } = await startShared(t);
  const mounted = new WatchedChannel(shared, { history: 50 });
  await settle();
  await giveJoined(sockets.latest);
  const { id, limit, reverse } = sockets.latest.last("history");
  assert.deepEqual({ limit, reverse }, { limit: 50, reverse: true });
  sockets.latest.give(push(11));
  const messages = [message(11), message(10), message(9)];
  sockets.latest.give({ type: "messages", id, channel: 7, messages, position: { stream: "s1", offset: 11 } });
  await settle();
  assert.deepEqual(mounted.texts, ["m9", "m10", "m11"]);
});

test("a component that wants more history than the one that joined gets it", async (t) => {
  const { shared, sockets } = await startShared(t);
  const plain = new WatchedChannel(shared);
  await settle();
  await giveJoined(sockets.latest);
  assert.deepEqual(sentTypes(sockets.latest), ["join"]);
  const curious = new WatchedChannel(shared, { history: 20 });
  await settle();
  assert.equal(sockets.latest.last("history").limit, 20);
  for (const each of [plain, curious]) each.stop();
});

test("history that cannot be read is told, and the channel is joined all the same", async (t) => {
  const { shared, sockets } = await startShared(t);
  const mounted = new WatchedChannel(shared, { history: 50 });
  await settle();
  await giveJoined(sockets.latest);
  const { id } = sockets.latest.last("history");
  sockets.latest.give({ type: "error", id, code: "not-supported", message: "no history here" });
  await settle();
  const { status, error } = mounted.snapshot;
  assert.deepEqual([status, error?.code], ["joined", "not-supported"]);
});

test("after a gap the history is read again", async (t) => {
  const { shared, sockets } = await startShared(t);
  const mounted = new WatchedChannel(shared, { history: 5 });
  await settle();
  await giveJoined(sockets.latest);
  sockets.latest.give(push(14));
  await mounted.nextChange();
  assert.deepEqual(sentTypes(sockets.latest), ["join", "history", "history"]);
  const { id } = sockets.latest.last("history");
  const messages = [14, 13, 12].map((offset) => message(offset));
  sockets.latest.give({ type: "messages", id, channel: 7, messages, position: { stream: "s1", offset: 14 } });
  await settle();
  assert.deepEqual(mounted.texts, ["m12", "m13", "m14"]);
});

test("messages beyond what a channel queues are fetched from the history", async (t) => {
  const { shared, sockets } = await startShared(t);
  const mounted = new WatchedChannel(shared, { history: 2, keep: 2 });
  await settle();
  await giveJoined(sockets.latest);
  const asked = sentTypes(sockets.latest).length;
  sockets.latest.give(...Array.from({ length: 1_500 }, (_, index) => push(11 + index)));
  await mounted.nextChange();
  assert.deepEqual(sentTypes(sockets.latest).slice(asked), ["history"]);
  sockets.latest.give(push(1_511));
  await mounted.nextChange();
  assert.equal(mounted.texts.at(-1), "m1511");
});

test("what still comes of a channel that has been left is none of the next join's", async (t) => {
  const { shared, sockets } = await startShared(t);
  const first = new WatchedChannel(shared, { history: 5 });
  await settle();
  await giveJoined(sockets.latest);
  const { id } = sockets.latest.last("history");
  sockets.latest.give(push(11), push(12), push(13));
  first.stop();
  await settle();
  const second = new WatchedChannel(shared);
  sockets.latest.give({
    type: "messages",
    id,
    channel: 7,
    messages: [message(10)],
    position: { stream: "s1", offset: 13 },
  });
  await settle();
  assert.equal(second.snapshot.status, "joining");
  await giveLeft(sockets.latest);
  await giveJoined(sockets.latest);
  assert.equal(second.snapshot.status, "joined");
  assert.deepEqual(second.texts, []);
});

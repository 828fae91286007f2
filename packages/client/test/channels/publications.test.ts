import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Position } from "@wardwire/wire/frames";
import type { ClientOptions } from "../../src/connect.ts";
import type { FakeSocket } from "../support/fake-socket.ts";
import { startClient } from "../support/start-client.ts";
import { settle } from "../support/virtual-clock.ts";

/** Joined to a channel; `come back` ends in a new connection on which it is joined again. */
async function joinRoom(t: TestContext, options: Partial<ClientOptions> = {}) {
  const rig = await startClient(t, options);
  const joining = rig.client.join("room", {});
  await settle();
  await giveJoined(rig.sockets.latest);
  const comeBack = async (position = start): Promise<void> => {
    await rig.clock.advance(500);
    await rig.sockets.latest.accept(`c_${rig.sockets.all.length}`);
    await giveJoined(rig.sockets.latest, position);
  };
  return { ...rig, room: await joining, comeBack };
}

const start: Position = { stream: "s1", offset: 0 };

async function giveJoined(socket: FakeSocket, position = start, channel = 7): Promise<void> {
  const { id, channel: name } = socket.last("join");
  socket.give({ type: "joined", id, channel, name, params: {}, position });
  await settle();
}

function published(socket: FakeSocket): unknown[] {
  return socket.sent.flatMap((frame) => (frame.type === "publish" ? [[frame.data, frame.key]] : []));
}

function datas(socket: FakeSocket): unknown[] {
  return published(socket).map((each) => (each as [unknown])[0]);
}

function acknowledge(socket: FakeSocket, offset: number, fields: { duplicate?: boolean } = {}): void {
  socket.give({ type: "published", id: socket.last("publish").id ?? 0, offset, ...fields });
}

test("publish() names every message by 128 random bits, and by the caller's key where there is one", async (t) => {
  // Whoever holds back-off still in a test must not get the same name twice.
  const { sockets, room } = await joinRoom(t, { random: () => 0 });
  const sent = [room.publish("a"), room.publish("b"), room.publish("c", { key: "mine" })];
  const keys = published(sockets.latest).map((each) => (each as [unknown, string])[1]);
  assert.equal(new Set(keys).size, 3);
  assert.equal(keys.pop(), "mine");
  for (const key of keys) assert.match(key, /^\d{1,10}(-\d{1,10}){3}$/);
  for (const each of sent) each.catch(() => undefined);
});

test("publish() is sent again under the same key when its acknowledgement was lost, and resolves once", async (t) => {
  const { sockets, room, comeBack } = await joinRoom(t);
  const publishing = room.publish("hello");
  const first = published(sockets.latest);
  await sockets.latest.end();
  await comeBack();
  assert.deepEqual(published(sockets.latest), first);
  acknowledge(sockets.latest, 1, { duplicate: true });
  assert.deepEqual(await publishing, { offset: 1, duplicate: true });
});

test("publish() without a connection waits for one, behind those that were published before", async (t) => {
  const { sockets, room, comeBack } = await joinRoom(t);
  const publishing = [room.publish("one"), room.publish("two")];
  await sockets.latest.end();
  publishing.push(room.publish("three"));
  await comeBack();
  assert.deepEqual(datas(sockets.latest), ["one", "two", "three"]);
  for (const each of publishing) each.catch(() => undefined);
});

test("publish() at the very moment of a loss, or of coming back, overtakes nothing published before (WP-RECOVER-4)", async (t) => {
  const { sockets, room, client, comeBack } = await joinRoom(t);
  const publishing = [room.publish("one"), room.publish("two")];
  client.addEventListener("state", () => {
    const publication = room.publish(client.state.phase);
    publication.catch(() => undefined);
  });
  room.addEventListener("gap", () => publishing.push(room.publish("gap")));
  await sockets.latest.end();
  await comeBack({ stream: "s2", offset: 0 });
  assert.deepEqual(datas(sockets.latest), ["one", "two", "waiting", "connecting", "connected", "gap"]);
  for (const each of publishing) each.catch(() => undefined);
});

test("a publish that pauses before its next attempt holds up later ones of its channel, and no others", async (t) => {
  const { sockets, room, client, clock } = await joinRoom(t);
  const joining = client.join("other", {});
  await settle();
  await giveJoined(sockets.latest, { stream: "s1", offset: 0 }, 8);
  const other = await joining;
  const publishing = [room.publish("one")];
  sockets.latest.give({ type: "error", id: sockets.latest.last("publish").id ?? 0, code: "unavailable", message: "" });
  await settle();
  publishing.push(room.publish("two"), other.publish("elsewhere"));
  assert.deepEqual(datas(sockets.latest), ["one", "elsewhere"]);
  await clock.advance(500);
  assert.deepEqual(datas(sockets.latest), ["one", "elsewhere", "one", "two"]);
  for (const each of publishing) each.catch(() => undefined);
});

test("a publish that is given up while it pauses lets those behind it go", async (t) => {
  const { sockets, room } = await joinRoom(t);
  const stop = new AbortController();
  const failed = assert.rejects(room.publish("one", { signal: stop.signal }), { name: "AbortError" });
  sockets.latest.give({ type: "error", id: sockets.latest.last("publish").id ?? 0, code: "unavailable", message: "" });
  await settle();
  const second = room.publish("two");
  stop.abort();
  await failed;
  await settle();
  assert.deepEqual(datas(sockets.latest), ["one", "two"]);
  second.catch(() => undefined);
});

test("publish() that was never sent within timeoutMs fails with not-connected, and is not sent later", async (t) => {
  const { sockets, room, clock, comeBack } = await joinRoom(t);
  await sockets.latest.end();
  const failed = assert.rejects(room.publish("hello", { timeoutMs: 1_000 }), { code: "not-connected" });
  await clock.advance(1_000);
  await failed;
  await comeBack();
  assert.deepEqual(published(sockets.latest), []);
});

for (const [what, after] of [
  ["still waits for its acknowledgement", async () => undefined],
  ["was sent on a connection that is lost", async (socket: FakeSocket) => socket.end()],
] as const) {
  test(`publish() that ${what} after timeoutMs fails with outcome-unknown`, async (t) => {
    const { sockets, room, clock } = await joinRoom(t);
    const failed = assert.rejects(room.publish("hello", { timeoutMs: 1_000 }), { code: "outcome-unknown" });
    await after(sockets.latest);
    await clock.advance(1_000);
    await failed;
  });
}

test("publish() asks an engine that did not answer again, after a pause", async (t) => {
  const { sockets, room, clock } = await joinRoom(t);
  const publishing = room.publish("hello", { key: "k" });
  const { id } = sockets.latest.last("publish");
  sockets.latest.give({ type: "error", ...(id && { id }), code: "unavailable", message: "try again" });
  await settle();
  assert.equal(published(sockets.latest).length, 1, "not at once");
  await clock.advance(500);
  assert.deepEqual(published(sockets.latest), [
    ["hello", "k"],
    ["hello", "k"],
  ]);
  acknowledge(sockets.latest, 1);
  assert.equal((await publishing).offset, 1);
});

test("publish() that the gateway refuses fails with its code and is not sent again", async (t) => {
  const { sockets, room, clock } = await joinRoom(t);
  const failed = assert.rejects(room.publish("hello"), { code: "rate-limited", retryAfterMs: 50, origin: "gateway" });
  const { id } = sockets.latest.last("publish");
  sockets.latest.give({ type: "error", ...(id && { id }), code: "rate-limited", message: "", retryAfterMs: 50 });
  await failed;
  await clock.advance(30_000);
  assert.equal(published(sockets.latest).length, 1);
});

test("publish() that is refused is not sent again because another one has just been taken", async (t) => {
  const { sockets, room } = await joinRoom(t);
  const refused = assert.rejects(room.publish("one"), { code: "forbidden" });
  const { id = 0 } = sockets.latest.last("publish");
  const taken = room.publish("two");
  acknowledge(sockets.latest, 1);
  sockets.latest.give({ type: "error", id, code: "forbidden", message: "" });
  await Promise.all([refused, taken]);
  await settle();
  assert.deepEqual(datas(sockets.latest), ["one", "two"]);
});

test("a repetition that is refused leaves the outcome unknown: the first attempt may have been taken", async (t) => {
  const { sockets, room, comeBack } = await joinRoom(t);
  const failed = assert.rejects(room.publish("hello"), { code: "outcome-unknown" });
  await sockets.latest.end();
  await comeBack();
  const { id } = sockets.latest.last("publish");
  sockets.latest.give({ type: "error", ...(id && { id }), code: "forbidden", message: "" });
  await failed;
});

test("publish() that is aborted rejects with the signal's reason and is not sent again", async (t) => {
  const { sockets, room, comeBack } = await joinRoom(t);
  const stop = new AbortController();
  const reason = new Error("enough");
  const failed = assert.rejects(room.publish("hello", { signal: stop.signal }), reason);
  await sockets.latest.end();
  stop.abort(reason);
  await failed;
  await comeBack();
  assert.deepEqual(published(sockets.latest), []);
});

test("publish() of a channel that is left meanwhile ends: unknown once it was sent, else left", async (t) => {
  const { sockets, room } = await joinRoom(t);
  const sent = assert.rejects(room.publish("sent"), { code: "outcome-unknown" });
  await sockets.latest.end();
  const waiting = assert.rejects(room.publish("waiting"), { code: "left" });
  await room.leave();
  await Promise.all([sent, waiting]);
});

test("at most maxPending publications are under way, with or without a connection (R60)", async (t) => {
  const { sockets, room, client } = await joinRoom(t, { limits: { maxPending: 2 } });
  await sockets.latest.end();
  const waiting = [room.publish("a"), room.publish("b")].map((each) => assert.rejects(each));
  await assert.rejects(room.publish("c"), { code: "too-many-pending" });
  await client.close();
  await Promise.all(waiting);
});

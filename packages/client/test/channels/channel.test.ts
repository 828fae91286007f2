import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { HistoryMessage, JoinedFrame, MessageFrame, Position } from "@wardwire/wire/frames";
import type { JoinOptions } from "../../src/channels/channels.ts";
import type { ConnectionOptions } from "../../src/connect.ts";
import { chat } from "../support/chat-contract.ts";
import type { FakeSocket } from "../support/fake-socket.ts";
import { readAll, readSome } from "../support/read.ts";
import { startClient } from "../support/start-client.ts";
import { settle } from "../support/virtual-clock.ts";

const bob = { user: "bob", device: "laptop", connection: "c_bob" };

function historyMessage(offset: number, text = `m${offset}`, connection = "c_bob"): HistoryMessage {
  return { offset, message: `id${offset}`, from: { ...bob, connection }, at: 1_000 + offset, data: { text } };
}

function push(offset: number, text?: string, connection?: string): MessageFrame {
  return { type: "message", channel: 7, ...historyMessage(offset, text, connection) };
}

function at(offset: number, stream = "s1"): Position {
  return { stream, offset };
}

/** Answers the last join. */
async function giveJoined(socket: FakeSocket, fields: Partial<JoinedFrame> = {}): Promise<void> {
  const { id, channel, params } = socket.last("join");
  socket.give({ type: "joined", id, channel: 7, name: channel, params, position: at(10), ...fields });
  await settle();
}

async function joinRoom(t: TestContext, join: JoinOptions = {}, options: Partial<ConnectionOptions<typeof chat>> = {}) {
  const rig = await startClient(t, { contract: chat, ...options });
  const joining = rig.client.join("room", { roomId: "tea" }, join);
  await settle();
  await giveJoined(rig.sockets.latest);
  return { ...rig, room: await joining };
}

test("joins with the params and gives name, params and position", async (t) => {
  const { sockets, room } = await joinRoom(t);
  const { channel, params, since } = sockets.latest.last("join");
  assert.deepEqual({ channel, params, since }, { channel: "room", params: { roomId: "tea" }, since: undefined });
  assert.equal(room.name, "room");
  assert.deepEqual(room.params, { roomId: "tea" });
  assert.deepEqual(room.position, at(10));
  assert.equal(room.recovered, undefined);
});

test("gives messages in order, those between the join and the first reader too", async (t) => {
  const { sockets, room } = await joinRoom(t);
  sockets.latest.give(push(11), push(12));
  sockets.latest.give(push(13));
  const [first, second, third] = await readSome(room.messages, 3);
  assert.deepEqual(first, { sender: bob, at: 1_011, offset: 11, id: "id11", data: { text: "m11" }, afterGap: false });
  assert.equal(second?.offset, 12);
  assert.equal(third?.offset, 13);
  assert.deepEqual(room.position, at(13));
});

test("a message in the same bytes as the join's answer is not lost", async (t) => {
  const { client, sockets } = await startClient(t);
  const joining = client.join("room", {});
  await settle();
  const { id } = sockets.latest.last("join");
  sockets.latest.give({ type: "joined", id, channel: 7, name: "room", params: {}, position: at(10) }, push(11));
  const [message] = await readSome((await joining).messages, 1);
  assert.equal(message?.offset, 11);
});

test("leaves own messages out, and counts them", async (t) => {
  const { sockets, room } = await joinRoom(t);
  sockets.latest.give(push(11, "mine", "c_1"), push(12));
  const [message] = await readSome(room.messages, 1);
  assert.equal(message?.offset, 12);
  assert.equal(message?.afterGap, false);
});

test("gives own messages with { own: true }", async (t) => {
  const { sockets, room } = await joinRoom(t, { own: true });
  sockets.latest.give(push(11, "mine", "c_1"));
  const [message] = await readSome(room.messages, 1);
  assert.equal(message?.offset, 11);
});

test("gives each offset once", async (t) => {
  const { sockets, room, client } = await joinRoom(t);
  sockets.latest.give(push(11), push(11), push(9), push(12));
  await client.close();
  assert.deepEqual(
    (await readAll(room.messages)).map(({ offset }) => offset),
    [11, 12],
  );
});

test("a hole in the offsets is told as a gap, in the event and at the next message", async (t) => {
  const { sockets, room } = await joinRoom(t);
  const gaps: unknown[] = [];
  room.addEventListener("gap", ({ detail }) => gaps.push(detail));
  sockets.latest.give(push(11), push(15), push(16));
  const messages = await readSome(room.messages, 3);
  assert.deepEqual(gaps, [{ since: at(11), position: at(14) }]);
  assert.deepEqual(
    messages.map(({ afterGap }) => afterGap),
    [false, true, false],
  );
});

test("a message that does not fit the contract is skipped and told with its path, never delivered", async (t) => {
  const { sockets, room } = await joinRoom(t);
  const errors: { code: string; path: unknown; message: string }[] = [];
  room.addEventListener("error", ({ detail }) => errors.push(detail));
  sockets.latest.give({ ...push(11), data: { text: 7 } }, push(12));
  const [message] = await readSome(room.messages, 1);
  assert.equal(message?.offset, 12);
  assert.equal(errors.length, 1);
  assert.equal(errors[0]?.code, "invalid-data");
  assert.deepEqual(errors[0]?.path, ["text"]);
  assert.match(errors[0]?.message ?? "", /message 11 of room/);
});

test("a reader that is too slow learns that messages were dropped, and may go on (R60)", async (t) => {
  const { sockets, room } = await joinRoom(t, {}, { limits: { maxQueuedMessages: 2 } });
  sockets.latest.give(push(11), push(12), push(13), push(14));
  const read: number[] = [];
  await assert.rejects(
    async () => {
      for await (const { offset } of room.messages) read.push(offset);
    },
    { code: "overflow" },
  );
  assert.deepEqual(read, [11, 12]);
  sockets.latest.give(push(15));
  const [message] = await readSome(room.messages, 1);
  assert.equal(message?.offset, 15);
});

test("publish() sends data and key at once and gives offset and duplicate", async (t) => {
  const { sockets, room } = await joinRoom(t);
  const publishing = room.publish({ text: "hello" }, { key: "k1" });
  const { id, ...fields } = sockets.latest.last("publish");
  assert.deepEqual(fields, { type: "publish", channel: 7, data: { text: "hello" }, key: "k1" });
  assert.ok(id !== undefined);
  sockets.latest.give({ type: "published", id, offset: 11, duplicate: true });
  assert.deepEqual(await publishing, { offset: 11, duplicate: true });
});

test("publish() refuses what does not fit the contract before anything is sent", async (t) => {
  const { sockets, room } = await joinRoom(t);
  await assert.rejects(room.publish({ text: "" }), { code: "invalid-data", path: ["text"], origin: "client" });
  assert.ok(!sockets.latest.sent.some(({ type }) => type === "publish"));
});

test("history() pages, checks each message and gives the newest position", async (t) => {
  const { sockets, room } = await joinRoom(t);
  const asking = room.history({ since: at(3), limit: 2, reverse: true });
  const { id, ...fields } = sockets.latest.last("history");
  assert.deepEqual(fields, { type: "history", channel: 7, since: at(3), limit: 2, reverse: true });
  const messages = [historyMessage(2), { ...historyMessage(1), data: null }];
  sockets.latest.give({ type: "messages", id, channel: 7, messages, position: at(10) });
  const page = await asking;
  assert.deepEqual(
    page.messages.map(({ offset }) => offset),
    [2],
  );
  assert.deepEqual(page.position, at(10));
});

test("keeps the list of those present", async (t) => {
  const { sockets, room } = await joinRoom(t);
  const changes: unknown[] = [];
  room.addEventListener("presence", ({ detail }) => changes.push(detail));
  const present = { ...bob, since: 5 };
  sockets.latest.give({ type: "presence", channel: 7, joined: [present] });
  assert.deepEqual(room.present, [present]);
  sockets.latest.give({ type: "presence", channel: 7, left: [present] });
  assert.deepEqual(room.present, []);
  assert.deepEqual(changes, [
    { joined: [present], left: [] },
    { joined: [], left: [present] },
  ]);
  const asking = room.presence();
  sockets.latest.give({ type: "present", id: sockets.latest.last("presence").id, channel: 7, present: [present] });
  assert.deepEqual(await asking, [present]);
  assert.deepEqual(room.present, [present]);
});

test("leave() ends the channel at once; its messages end quietly", async (t) => {
  const { sockets, room } = await joinRoom(t);
  sockets.latest.give(push(11));
  const leaving = room.leave();
  sockets.latest.give(push(12), { type: "left", id: sockets.latest.last("leave").id, channel: 7 });
  await leaving;
  assert.deepEqual(
    (await readAll(room.messages)).map(({ offset }) => offset),
    [11],
  );
  await assert.rejects(room.publish({ text: "late" }), { code: "left" });
});

test("a channel that was left is not joined again", async (t) => {
  const { sockets, clock, room } = await joinRoom(t);
  void room.leave().catch(() => undefined);
  await sockets.latest.end();
  await clock.advance(250);
  await sockets.latest.accept("c_2");
  assert.ok(!sockets.latest.sent.some(({ type }) => type === "join"));
});

test("a channel the gateway ends tells its readers why", async (t) => {
  const { sockets, room } = await joinRoom(t);
  const left: unknown[] = [];
  room.addEventListener("left", ({ detail }) => left.push(detail?.code));
  sockets.latest.give(push(11), { type: "left", channel: 7, code: "forbidden" });
  const read: number[] = [];
  await assert.rejects(
    async () => {
      for await (const { offset } of room.messages) read.push(offset);
    },
    { code: "forbidden", origin: "gateway" },
  );
  assert.deepEqual(read, [11]);
  assert.deepEqual(left, ["forbidden"]);
});

test("comes back after a reconnect from where it was, under its new number, and without own messages", async (t) => {
  const { sockets, clock, room } = await joinRoom(t);
  sockets.latest.give(push(11));
  await sockets.latest.end();
  await clock.advance(250);
  await sockets.latest.accept("c_2");
  assert.deepEqual(sockets.latest.last("join").since, at(11));
  const messages = [historyMessage(12, "mine", "c_1"), historyMessage(13)];
  await giveJoined(sockets.latest, { channel: 9, position: at(13), recovered: true, messages });
  sockets.latest.give({ ...push(14), channel: 9 }, push(15));
  assert.deepEqual(
    (await readSome(room.messages, 3)).map(({ offset }) => offset),
    [11, 13, 14],
  );
  assert.equal(room.recovered, true);
  const publishing = room.publish({ text: "on" });
  const { id, channel } = sockets.latest.last("publish");
  assert.equal(channel, 9);
  sockets.latest.give({ type: "published", id: id ?? 0, offset: 15 });
  await publishing;
});

for (const [name, fields, gap] of [
  ["recovered: false", { position: at(40), recovered: false }, true],
  ["a new stream", { position: at(10, "s2"), recovered: false }, true],
  ["no word of recovery and a later position", { position: at(12) }, true],
  ["recovered: true and messages that stop short", { position: at(12), recovered: true, messages: [] }, true],
  ["no word of recovery and the same position", { position: at(10) }, false],
  ["recovered: true", { position: at(11), recovered: true, messages: [historyMessage(11)] }, false],
] as const) {
  test(`a rejoin with ${name} ${gap ? "tells of a gap" : "is none"}`, async (t) => {
    const { sockets, clock, room } = await joinRoom(t);
    const gaps: unknown[] = [];
    room.addEventListener("gap", ({ detail }) => gaps.push(detail));
    await sockets.latest.end();
    await clock.advance(250);
    await sockets.latest.accept("c_2");
    await giveJoined(sockets.latest, fields);
    const asked = sockets.latest.sent.find((frame) => frame.type === "history");
    if (asked !== undefined) sockets.latest.give({ type: "error", id: asked.id, code: "unavailable", message: "" });
    await settle();
    assert.equal(room.recovered, !gap);
    assert.equal(gaps.length, gap ? 1 : 0);
    const { offset } = room.position;
    sockets.latest.give(push(offset + 1));
    const message = (await readSome(room.messages, "messages" in fields && fields.messages.length > 0 ? 2 : 1)).at(-1);
    assert.equal(message?.offset, offset + 1);
    assert.equal(message?.afterGap, gap);
  });
}

test("a rejoin that is refused ends the channel with the reason", async (t) => {
  const { client, sockets, clock, room } = await joinRoom(t);
  await sockets.latest.end();
  await clock.advance(250);
  await sockets.latest.accept("c_2");
  sockets.latest.give({ type: "error", id: sockets.latest.last("join").id, code: "forbidden", message: "no" });
  await assert.rejects(readAll(room.messages), { code: "forbidden" });
  assert.equal(client.state.phase, "connected");
});

test("a rejoin that meets a limit is tried again when the gateway says so", async (t) => {
  const { sockets, clock, room } = await joinRoom(t);
  await sockets.latest.end();
  await clock.advance(250);
  await sockets.latest.accept("c_2");
  const { id } = sockets.latest.last("join");
  sockets.latest.give({ type: "error", id, code: "rate-limited", message: "slow", retryAfterMs: 2_000 });
  await clock.advance(2_249);
  assert.equal(sockets.latest.last("join").id, id);
  await clock.advance(1);
  assert.notEqual(sockets.latest.last("join").id, id);
  await giveJoined(sockets.latest);
  assert.equal(room.recovered, true);
});

test("many channels are joined again at half the announced rate", async (t) => {
  const { client, sockets, clock } = await startClient(t);
  for (let index = 0; index < 25; index += 1) {
    void client.join("room", { roomId: `r${index}` }).catch(() => undefined);
  }
  await settle();
  for (const [index, frame] of sockets.latest.sent.filter(({ type }) => type === "join").entries()) {
    assert.ok(frame.type === "join");
    sockets.latest.give({ ...joinedFrame(frame.id), channel: index + 1 });
  }
  await settle();
  await sockets.latest.end();
  await clock.advance(250);
  await sockets.latest.accept("c_2");
  const joins = (): number => sockets.latest.sent.filter(({ type }) => type === "join").length;
  assert.equal(joins(), 10);
  await clock.advance(1_000);
  assert.equal(joins(), 20);
  await clock.advance(1_000);
  assert.equal(joins(), 25);
});

test("join() without a connection waits for one", async (t) => {
  const { client, sockets } = await startClient(t, {}, { connected: false });
  const joining = client.join("room", {});
  await sockets.latest.accept();
  await giveJoined(sockets.latest);
  assert.equal((await joining).name, "room");
});

test("join() outlives the loss of the connection it was sent on", async (t) => {
  const { client, sockets, clock } = await startClient(t);
  const joining = client.join("room", {});
  await settle();
  await sockets.latest.end();
  await clock.advance(250);
  await sockets.latest.accept("c_2");
  await giveJoined(sockets.latest);
  assert.equal((await joining).name, "room");
});

test("join() given up leaves again when it succeeds after all", async (t) => {
  const { client, sockets } = await startClient(t);
  const abort = new AbortController();
  const joining = client.join("room", {}, { signal: abort.signal });
  await settle();
  abort.abort(new Error("enough"));
  await assert.rejects(joining, /enough/);
  await giveJoined(sockets.latest);
  assert.equal(sockets.latest.last("leave").channel, 7);
});

test("join() is refused with the gateway's code, and forgotten", async (t) => {
  const { client, sockets, clock } = await startClient(t);
  const joining = client.join("room", {});
  await settle();
  sockets.latest.give({ type: "error", id: sockets.latest.last("join").id, code: "forbidden", message: "no" });
  await assert.rejects(joining, { code: "forbidden", origin: "gateway" });
  await sockets.latest.end();
  await clock.advance(250);
  await sockets.latest.accept("c_2");
  assert.ok(!sockets.latest.sent.some(({ type }) => type === "join"));
});

test("join() refuses params that do not fit the contract, and channels it does not have", async (t) => {
  const { client, sockets } = await startClient<typeof chat>(t, { contract: chat });
  await assert.rejects(client.join("room", { roomId: "much too long" }), { code: "invalid-data", path: ["roomId"] });
  // @ts-expect-error the contract has no such channel
  await assert.rejects(client.join("attic", { roomId: "tea" }), { code: "unknown-channel" });
  // @ts-expect-error nor one that every object has
  await assert.rejects(client.join("constructor", {}), { code: "unknown-channel" });
  assert.ok(!sockets.latest.sent.some(({ type }) => type === "join"));
});

test("join() with since delivers what was missed, and says whether it is all", async (t) => {
  const { client, sockets } = await startClient(t);
  const joining = client.join("room", {}, { since: at(8) });
  await settle();
  assert.deepEqual(sockets.latest.last("join").since, at(8));
  await giveJoined(sockets.latest, { recovered: true, messages: [historyMessage(9), historyMessage(10)] });
  const room = await joining;
  assert.equal(room.recovered, true);
  assert.deepEqual(
    (await readSome(room.messages, 2)).map(({ offset }) => offset),
    [9, 10],
  );
});

function joinedFrame(id: number): JoinedFrame {
  return { type: "joined", id, channel: 1, name: "room", params: {}, position: at(0) };
}

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { GatewayFrame, HistoryMessage, JoinedFrame, MessageFrame, Position, Present } from "@wardwire/wire/frames";
import type { Message } from "../../src/connect.ts";
import { startClient } from "../support/start-client.ts";
import { settle } from "../support/virtual-clock.ts";

function historyMessage(offset: number): HistoryMessage {
  return { offset, message: `id${offset}`, at: 1_000 + offset, data: offset };
}

function historyMessages(from: number, to: number): HistoryMessage[] {
  return Array.from({ length: to - from + 1 }, (_, index) => historyMessage(from + index));
}

function push(offset: number): MessageFrame {
  return { type: "message", channel: 7, ...historyMessage(offset) };
}

function at(offset: number, stream = "s1"): Position {
  return { stream, offset };
}

/** A client in a channel at offset 10, and what its reader and its listeners have been told. */
async function joinRoom(t: TestContext, fields: Partial<JoinedFrame> = {}, since?: Position) {
  const rig = await startClient(t);
  const { sockets, clock, client } = rig;
  const joining = client.join("room", {}, since && { since });
  const answerJoin = async (changes: Partial<JoinedFrame>): Promise<void> => {
    const { id } = sockets.latest.last("join");
    const joined = { type: "joined", id, channel: 7, name: "room", params: {}, position: at(10) } as const;
    sockets.latest.give({ ...joined, ...changes });
    await settle();
  };
  await settle();
  await answerJoin(fields);
  const room = await joining;
  const gaps: { since: Position; position: Position }[] = [];
  const read: Message<unknown>[] = [];
  room.addEventListener("gap", ({ detail }) => gaps.push(detail));
  void (async () => {
    for await (const message of room.messages) read.push(message);
  })().catch(() => undefined);
  await settle();
  const give = async (...frames: GatewayFrame[]): Promise<void> => {
    sockets.latest.give(...frames);
    await settle();
  };
  const rejoin = async (changes: Partial<JoinedFrame>): Promise<void> => {
    await sockets.latest.end();
    await clock.advance(500);
    await sockets.latest.accept("c_2");
    await answerJoin(changes);
  };
  /** Answers the history the client has asked for last. */
  const answerHistory = async (messages: readonly HistoryMessage[], newest: number): Promise<void> => {
    const { id } = sockets.latest.last("history");
    await give({ type: "messages", id, channel: 7, messages, position: at(newest) });
  };
  const offsets = (): number[] => read.map(({ offset }) => offset);
  return { ...rig, room, gaps, read, offsets, give, rejoin, answerHistory };
}

test("what does not fit into the answer to a join is fetched in pages, and only then is the channel recovered (WP-RECOVER-2)", async (t) => {
  const { sockets, room, gaps, offsets, give, rejoin, answerHistory } = await joinRoom(t);
  await rejoin({ position: at(250), recovered: false });
  const { since, limit } = sockets.latest.last("history");
  assert.deepEqual([since, limit], [at(10), 200]);
  await give(push(251));
  assert.deepEqual([offsets(), room.recovered], [[], false], "a later message waits for the earlier ones");
  await answerHistory(historyMessages(11, 210), 251);
  assert.deepEqual(sockets.latest.last("history").since, at(210));
  assert.equal(room.recovered, false);
  await answerHistory(historyMessages(211, 250), 251);
  assert.equal(room.recovered, true);
  assert.deepEqual(
    offsets(),
    Array.from({ length: 241 }, (_, index) => index + 11),
  );
  assert.deepEqual(gaps, []);
});

test("a history that no longer reaches back is told as a gap, before what came meanwhile (WP-RECOVER-2)", async (t) => {
  const { room, gaps, read, give, rejoin, answerHistory } = await joinRoom(t);
  await rejoin({ position: at(50), recovered: false });
  await give(push(51));
  await answerHistory(historyMessages(12, 50), 51);
  assert.deepEqual(gaps, [{ since: at(10), position: at(50) }]);
  assert.equal(room.recovered, false);
  assert.deepEqual(
    read.map(({ offset, afterGap }) => [offset, afterGap]),
    [[51, true]],
  );
});

test("a connection lost while pages are fetched loses nothing: the next join asks from where they ended", async (t) => {
  const { sockets, room, gaps, offsets, rejoin, answerHistory } = await joinRoom(t);
  await rejoin({ position: at(250), recovered: false });
  await answerHistory(historyMessages(11, 210), 250);
  await rejoin({ position: at(250), recovered: true, messages: historyMessages(211, 250) });
  assert.deepEqual(sockets.latest.last("join").since, at(210));
  assert.deepEqual([room.recovered, gaps], [true, []]);
  assert.deepEqual(
    offsets(),
    Array.from({ length: 240 }, (_, index) => index + 11),
  );
});

test("what comes while pages are fetched is bounded, and what is too much is told as a gap (R60)", async (t) => {
  const { gaps, give, rejoin, answerHistory } = await joinRoom(t);
  await rejoin({ position: at(11), recovered: false });
  const later = Array.from({ length: 1_002 }, (_, index) => push(index + 12));
  await give(...later);
  await answerHistory(historyMessages(11, 11), 1_013);
  assert.deepEqual(gaps, [{ since: at(11), position: at(13) }]);
});

test("position-lost is told as a gap, and the channel goes on from the new position (WP-RECOVER-3)", async (t) => {
  const { room, gaps, read, give } = await joinRoom(t);
  await give(push(11), { type: "notice", code: "position-lost", channel: 7, ...at(4, "s2") });
  assert.deepEqual(gaps, [{ since: at(11), position: at(4, "s2") }]);
  assert.deepEqual(room.position, at(4, "s2"));
  await give(push(5), push(6));
  assert.deepEqual(
    read.map(({ offset, afterGap }) => [offset, afterGap]),
    [
      [11, false],
      [5, true],
      [6, false],
    ],
  );
});

test("messages that were dropped for a slow reader are told as one gap (WP-SLOW-1)", async (t) => {
  const { room, gaps, read, give } = await joinRoom(t);
  const dropped = { type: "notice", code: "messages-dropped", channel: 7, from: 11, to: 14 } as const;
  await give(dropped, push(15), { ...dropped, to: 12 }, { ...dropped, channel: 8, to: 99 });
  assert.deepEqual(gaps, [{ since: at(10), position: at(14) }]);
  assert.deepEqual(
    read.map(({ offset, afterGap }) => [offset, afterGap]),
    [[15, true]],
  );
  assert.deepEqual(room.position, at(15));
});

test("a channel that may leave messages out gives its latest value at the join and tells no gap (WP-LOSSY-1)", async (t) => {
  const { room, gaps, offsets, give, rejoin } = await joinRoom(t, { lossy: true, messages: [historyMessage(10)] });
  await give(push(14));
  await rejoin({ lossy: true, position: at(20), recovered: true, messages: [historyMessage(20)] });
  assert.deepEqual([offsets(), gaps, room.recovered], [[10, 14, 20], [], true]);
  await rejoin({ lossy: true, position: at(3, "s2"), recovered: true, messages: [historyMessage(3)] });
  assert.deepEqual([offsets(), room.position], [[10, 14, 20, 3], at(3, "s2")]);
});

test("a channel without that word tells the same holes as gaps", async (t) => {
  const { gaps, give } = await joinRoom(t);
  await give(push(14));
  assert.deepEqual(gaps, [{ since: at(10), position: at(13) }]);
});

test("a first join takes up after the position it is given, or tells the gap", async (t) => {
  const { room, offsets } = await joinRoom(t, { recovered: true, messages: historyMessages(9, 10) }, at(8));
  assert.deepEqual([offsets(), room.recovered], [[9, 10], true]);
});

function present(connection: string): Present {
  return { user: "bob", device: "laptop", connection, since: 1 };
}

test("the answer to presence() does not undo what came behind it in the same message", async (t) => {
  const { sockets, room } = await joinRoom(t, { present: [present("c_b")] });
  const asking = room.presence();
  const { id } = sockets.latest.last("presence");
  sockets.latest.give(
    { type: "present", id, channel: 7, present: [present("c_b")] },
    { type: "presence", channel: 7, joined: [present("c_c")] },
  );
  assert.deepEqual(await asking, [present("c_b")]);
  assert.deepEqual(room.present, [present("c_b"), present("c_c")]);
});

test("presence tells each coming and going once, however often the gateway says it", async (t) => {
  const { room, give } = await joinRoom(t, { present: [present("c_b")] });
  const told: unknown[] = [];
  room.addEventListener("presence", ({ detail }) => told.push(detail));
  await give({ type: "presence", channel: 7, joined: [present("c_b")], left: [present("c_x")] });
  assert.deepEqual(told, []);
  await give({ type: "presence", channel: 7, joined: [present("c_c")], left: [present("c_b")] });
  assert.deepEqual(told, [{ joined: [present("c_c")], left: [present("c_b")] }]);
  assert.equal(room.presentCount, 1);
});

test("where more are present than a list holds, the count is the gateway's", async (t) => {
  const { room, give } = await joinRoom(t, { present: [present("c_b")], presentCount: 1_500 });
  assert.equal(room.presentCount, 1_500);
  let told = 0;
  room.addEventListener("presence", () => {
    told += 1;
  });
  await give({ type: "presence", channel: 7, presentCount: 1_501 });
  assert.deepEqual([room.presentCount, room.present.length, told], [1_501, 1, 1]);
});

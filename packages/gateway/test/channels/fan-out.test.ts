import assert from "node:assert/strict";
import { test } from "node:test";
import { cborCodec } from "@wardwire/wire/cbor";
import { clientDecodeLimits } from "@wardwire/wire/limits";
import { GatewayOnPaper, type PaperSocket } from "../gateway-on-paper.ts";

async function join(socket: PaperSocket, channel: string, roomId: string): Promise<number> {
  socket.send({ type: "join", id: 2, channel, params: { roomId } });
  const joined = await socket.next("joined");
  await socket.drain();
  return joined.channel;
}

function publish(channel: number, text: string): Record<string, unknown> {
  return { type: "publish", channel, data: { text } };
}

test("every member is sent a message with sender and time stamped, the publisher too", async () => {
  const gateway = new GatewayOnPaper();
  const [alice, bob] = [await gateway.connect("alice/phone"), await gateway.connect("bob")];
  const channel = await join(alice, "lobby", "tea");
  assert.equal(await join(bob, "lobby", "tea"), channel, "a channel has one number for all");
  alice.send({ ...publish(channel, "hi"), id: 3, from: { user: "mallory" }, at: 1 });
  const [atAlice, atBob] = [await alice.next("message"), await bob.next("message")];
  assert.deepEqual(atAlice, atBob);
  assert.deepEqual([atBob.from?.user, atBob.from?.device, atBob.at], ["alice", "phone", gateway.clock.now()]);
  assert.deepEqual([atBob.offset, atBob.data], [1, { text: "hi" }]);
  assert.equal((await alice.next("published")).offset, 1);
});

test("what is published in one turn leaves as one message, the very same bytes to all members (WP-BATCH-1)", async () => {
  const gateway = new GatewayOnPaper();
  const sockets = [await gateway.connect("alice"), await gateway.connect("bob"), await gateway.connect("carol")];
  const [alice, bob, carol] = sockets as [PaperSocket, PaperSocket, PaperSocket];
  const channel = await join(alice, "plain", "tea");
  await join(bob, "plain", "tea");
  await join(carol, "plain", "tea");
  const [beforeBob, beforeCarol] = [bob.messages.length, carol.messages.length];
  alice.send(publish(channel, "one"), publish(channel, "two"), publish(channel, "three"));
  const frames = await bob.drain();
  assert.deepEqual(
    frames.map((frame) => frame.type === "message" && frame.offset),
    [1, 2, 3],
  );
  assert.deepEqual([bob.messages.length, carol.messages.length], [beforeBob + 1, beforeCarol + 1]);
  assert.equal(bob.messages.at(-1), carol.messages.at(-1), "built once, and not even a view of its own for each");
});

test("a turn's replies and channels leave together, in the order they were queued", async () => {
  const gateway = new GatewayOnPaper();
  const alice = await gateway.connect("alice");
  const [tea, cake] = [await join(alice, "plain", "tea"), await join(alice, "plain", "cake")];
  const before = alice.messages.length;
  alice.send(
    { ...publish(tea, "a"), id: 3 },
    { ...publish(cake, "b"), id: 4 },
    { type: "leave", id: 5, channel: cake },
  );
  const frames = await alice.drain();
  assert.deepEqual(
    frames.map((frame) => frame.type),
    ["message", "published", "message", "published", "left"],
  );
  assert.equal(alice.messages.length, before + 1);
});

test("whoever joins in the middle of a turn gets what comes after the join, and only that", async () => {
  const gateway = new GatewayOnPaper();
  const [alice, bob] = [await gateway.connect("alice"), await gateway.connect("bob")];
  const channel = await join(alice, "plain", "tea");
  alice.send(publish(channel, "before"));
  bob.send({ type: "join", id: 2, channel: "plain", params: { roomId: "tea" } });
  const { position } = await bob.next("joined");
  assert.equal(position.offset, 1);
  alice.send(publish(channel, "after"));
  assert.deepEqual((await bob.next("message")).data, { text: "after" });
});

test("whoever leaves gets nothing of what is published later in the same turn", async () => {
  const gateway = new GatewayOnPaper();
  const [alice, bob] = [await gateway.connect("alice"), await gateway.connect("bob")];
  const channel = await join(alice, "plain", "tea");
  await join(bob, "plain", "tea");
  alice.send(publish(channel, "for both"));
  bob.send({ type: "leave", id: 3, channel });
  alice.send(publish(channel, "for alice"));
  assert.deepEqual(
    (await bob.drain()).map((frame) => (frame.type === "message" ? frame.data : frame.type)),
    [{ text: "for both" }, "left"],
  );
  assert.equal((await alice.drain()).length, 2);
});

test("members speak JSON and CBOR in one channel", async () => {
  const gateway = new GatewayOnPaper();
  const alice = await gateway.connect("alice");
  const channel = await join(alice, "plain", "tea");
  const bob = await gateway.open({ "sec-websocket-protocol": "wardwire.v1.cbor" });
  const received: unknown[] = [];
  const { promise: gotMessage, resolve } = Promise.withResolvers<void>();
  bob.send = (...[message, kind]: readonly unknown[]) => {
    assert.equal(kind, "binary");
    received.push(...cborCodec.parse(message as Uint8Array, clientDecodeLimits));
    if (received.some((frame) => (frame as { type: string }).type === "message")) resolve();
  };
  const frames = [
    { type: "connect", id: 1, token: "bob" },
    { type: "join", id: 2, channel: "plain", params: { roomId: "tea" } },
  ] as const;
  bob.events?.message(cborCodec.join(frames.map((frame) => cborCodec.encode(frame))) as Uint8Array, "binary");
  while (received.length < 2) await alice.drain();
  alice.send(publish(channel, "grüße"), publish(channel, "again"));
  await gotMessage;
  assert.deepEqual(received.slice(-2), await alice.drain());
});

test("what is more than a batch is split, and nothing of it is lost (WP-BATCH-2)", async () => {
  const bytes = 1_000_000;
  const perBytes = { byteBurst: bytes, byteBurstPerDevice: bytes, byteBurstPerUser: bytes };
  const limits = { messageBurst: 1_000, messageBurstPerDevice: 1_000, ...perBytes };
  const gateway = new GatewayOnPaper({ limits });
  const [alice, bob] = [await gateway.connect("alice"), await gateway.connect("bob")];
  const channel = await join(alice, "plain", "tea");
  await join(bob, "plain", "tea");
  const before = bob.messages.length;
  const text = "x".repeat(2_000);
  for (let index = 0; index < 300; index += 1) alice.send(publish(channel, text));
  const frames = await bob.drain();
  assert.equal(frames.length, 300);
  const messages = bob.messages.slice(before);
  assert.ok(messages.length > 1, "600 kB are more than one batch");
  for (const message of messages) assert.ok(message.byteLength <= 262_144);
});

test("presence tells who is there, who came and who went", async () => {
  const gateway = new GatewayOnPaper();
  const [alice, bob] = [await gateway.connect("alice"), await gateway.connect("bob/phone")];
  alice.send({ type: "join", id: 2, channel: "lobby", params: { roomId: "tea" } });
  assert.deepEqual((await alice.next("joined")).present, []);
  await alice.drain();
  bob.send({ type: "join", id: 2, channel: "lobby", params: { roomId: "tea" } });
  const { channel, present } = await bob.next("joined");
  assert.deepEqual(
    present?.map(({ user }) => user),
    ["alice"],
  );
  const came = await alice.next("presence");
  assert.deepEqual(
    came.joined?.map(({ user, device }) => [user, device]),
    [["bob", "phone"]],
  );
  alice.send({ type: "presence", id: 3, channel });
  assert.equal((await alice.next("present")).present.length, 2);
  bob.close(1001, "");
  const went = await alice.next("presence");
  assert.deepEqual(went.left, came.joined);
  alice.send({ type: "presence", id: 4, channel });
  assert.equal((await alice.next("present")).present.length, 1);
});

test("a join with since recovers what was missed, whole or not at all", async () => {
  const gateway = new GatewayOnPaper();
  const [alice, bob] = [await gateway.connect("alice"), await gateway.connect("bob")];
  const channel = await join(alice, "lobby", "tea");
  bob.send({ type: "join", id: 2, channel: "lobby", params: { roomId: "tea" } });
  const { position: since } = await bob.next("joined");
  bob.close(1001, "");
  for (const text of ["1", "2", "3"]) {
    alice.send({ ...publish(channel, text), id: 3 });
    await alice.next("published");
  }
  const rejoin = { type: "join", id: 2, channel: "lobby", params: { roomId: "tea" }, since } as const;
  const back = await gateway.connect("bob");
  back.send(rejoin);
  const joined = await back.next("joined");
  assert.equal(joined.recovered, true);
  assert.deepEqual(
    joined.messages?.map(({ data, offset }) => [offset, data]),
    [
      [1, { text: "1" }],
      [2, { text: "2" }],
      [3, { text: "3" }],
    ],
  );
  assert.equal(joined.position.offset, 3);
  for (const text of ["4", "5", "6"]) {
    alice.send({ ...publish(channel, text), id: 3 });
    await alice.next("published");
  }
  const huge = { ...since, offset: Number.MAX_SAFE_INTEGER };
  for (const lost of [since, { ...since, stream: "s_other" }, { ...since, offset: 99 }, huge]) {
    const late = await gateway.connect("carol");
    late.send({ ...rejoin, since: lost });
    const answer = await late.next("joined");
    assert.deepEqual([answer.recovered, answer.messages, answer.position.offset], [false, undefined, 6]);
  }
  for (const offset of [-1, 0.5, Number.MAX_SAFE_INTEGER + 1, "3"]) {
    const late = await gateway.connect("carol");
    late.send({ ...rejoin, since: { ...since, offset } });
    assert.equal((await late.next("error")).code, "invalid-frame");
  }
});

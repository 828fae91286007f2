import assert from "node:assert/strict";
import { test } from "node:test";
import { defineContract } from "@wardwire/contract";
import type { ClientFrame, GatewayFrame } from "@wardwire/wire/frames";
import { z } from "zod";
import { deny } from "../../src/auth/authorize.ts";
import { createTestGateway, settle, type TestClientOptions } from "../../src/testing/test-gateway.ts";

const contract = defineContract({
  channels: {
    room: {
      params: z.object({ roomId: z.string() }),
      message: z.object({ text: z.string() }),
      protection: "transport",
      publish: "members",
      history: { messages: 10, ttlMs: 60_000 },
      presence: true,
    },
  },
});
const tea = { roomId: "tea" };
const join: ClientFrame = { type: "join", id: 2, channel: "room", params: tea };

/** As much of a client as shows what the factory does. */
function open({ socket, token }: TestClientOptions, url: string) {
  const opened: string[] = [];
  const frames: GatewayFrame[] = [];
  const closes: { code: number; cause?: unknown }[] = [];
  const end = socket.open(
    { url, protocols: ["wardwire.v1.json"], authorization: `Bearer ${token}` },
    {
      onOpen: (protocol) => {
        opened.push(protocol);
        end.send(JSON.stringify({ type: "connect", id: 1 }));
      },
      onMessage: (message) => frames.push(...(message as string).split("\n").map((line) => JSON.parse(line))),
      onClose: (close) => closes.push(close),
    },
  );
  const send = async (...sent: ClientFrame[]): Promise<void> => {
    end.send(sent.map((frame) => JSON.stringify(frame)).join("\n"));
    await settle();
  };
  return { opened, frames, closes, end, send };
}

test("a user connects by a token that is its name, joins, and is sent what the application publishes", async () => {
  await using kit = createTestGateway({ contract });
  const alice = open(kit.clientOptions("alice/phone"), kit.url);
  await settle();
  await alice.send(join);
  await kit.gateway.publish("room", tea, { text: "welcome" });
  await settle();
  assert.deepEqual(alice.opened, ["wardwire.v1.json"]);
  assert.deepEqual(
    alice.frames.map((frame) => (frame.type === "connected" ? [frame.user, frame.device] : frame.type)),
    [["alice", "phone"], "joined", "message"],
  );
  const { messages } = await kit.gateway.history("room", tea, { limit: 1 });
  assert.deepEqual(messages[0]?.data, { text: "welcome" });
});

test("time passes only when it is told to: the gateway pings after its heartbeat", async () => {
  await using kit = createTestGateway({ contract });
  const alice = open(kit.clientOptions("alice"), kit.url);
  await settle();
  await kit.clock.advance(24_999);
  assert.deepEqual(
    alice.frames.map(({ type }) => type),
    ["connected"],
  );
  await kit.clock.advance(1);
  assert.deepEqual(
    alice.frames.map(({ type }) => type),
    ["connected", "ping"],
  );
  await kit.clock.advance(25_000);
  assert.deepEqual(
    alice.closes.map(({ code }) => code),
    [4409],
  );
});

test("connections that are cut end without a close frame, at both ends", async () => {
  await using kit = createTestGateway({ contract });
  const ends = ["alice", "bob"].map((user) => open(kit.clientOptions(user), kit.url));
  await settle();
  for (const end of ends) await end.send(join);
  assert.equal(await kit.gateway.presenceCount("room", tea), 2);
  kit.cutConnections();
  await settle();
  assert.deepEqual(
    ends.map(({ closes }) => closes.map(({ code }) => code)),
    [[1006], [1006]],
  );
  assert.deepEqual(await kit.gateway.presence("room", tea), []);
});

test("the application's own decisions hold where it makes them", async () => {
  await using kit = createTestGateway({
    contract,
    authenticate: () => ({ ok: false, code: "token-invalid", detail: "nobody" }),
    authorize: () => deny("never"),
  });
  const alice = open(kit.clientOptions("alice"), kit.url);
  await settle();
  assert.deepEqual([alice.opened, alice.closes.map(({ code }) => code)], [[], [1006]]);
  assert.match(String(alice.closes[0]?.cause), /refused with 401/);
});

test("what is sent while the gateway does not read arrives later, in order, and nothing arrives after the end", async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await using kit = createTestGateway({
    contract,
    limits: { maxMessageBytes: 300 },
    authorize: ({ operation }) => (operation === "join" ? released.then(() => ({ allowed: true })) : { allowed: true }),
  });
  const alice = open(kit.clientOptions("alice"), kit.url);
  await settle();
  await alice.send(join);
  const text = "x".repeat(150);
  for (const id of [3, 4, 5, 6]) await alice.send({ type: "publish", id, channel: 1, data: { text } });
  assert.deepEqual(
    alice.frames.map(({ type }) => type),
    ["connected"],
  );
  release();
  await settle();
  const replies = alice.frames.flatMap((frame) => (frame.type === "published" ? [frame.id] : []));
  assert.deepEqual(replies, [3, 4, 5, 6]);
  const before = alice.frames.length;
  alice.end.close(1000, "");
  await alice.send({ type: "publish", id: 7, channel: 1, data: { text } });
  assert.deepEqual([alice.frames.length, alice.closes.length], [before, 1]);
});

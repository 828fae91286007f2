import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defineContract } from "@wardwire/contract";
import { concatBytes } from "@wardwire/crypto/bytes";
import { encodePositions } from "@wardwire/crypto/channel-records/channel-announcements";
import type { GatewayFrame } from "@wardwire/wire/frames";
import * as v from "valibot";
import { settle } from "../support/virtual-clock.ts";
import { channelNumbers, encodeFrames, type GatewaySession } from "./support/stand-in-gateway.ts";
import { reaches, startInRoom, startSealed, until } from "./support/start-sealed.ts";

const { room, lobby } = channelNumbers as { readonly room: number; readonly lobby: number };
const message = { type: "message", channel: room, offset: 9, message: "m9", at: 1, data: "in the open" } as const;

describe("frames in a place where none may be end the client (SR-2.2)", () => {
  const inRecord: readonly (readonly [string, GatewayFrame])[] = [
    ["a message of another channel", { ...message, channel: lobby }],
    ["presence of another channel", { type: "presence", channel: lobby, joined: [] }],
    ["a notice of the connection", { type: "notice", code: "draining" }],
    ["a notice of another channel", { type: "notice", code: "position-lost", channel: lobby }],
    ["the end of the channel", { type: "left", channel: room, code: "forbidden" }],
    ["a notification", { type: "notification", data: 1, at: 1 }],
    ["a ping", { type: "ping" }],
    ["an error", { type: "error", code: "internal", message: "" }],
  ];
  for (const [what, frame] of inRecord) {
    test(`${what} in a record of the channel`, async (t) => {
      const { client, gateway } = await startInRoom(t);
      gateway.sendToRoom(frame);
      assert.equal((await reaches(client, "closed")).reason.code, "protocol-violation");
    });
  }

  test("a message of a sealed channel outside its records", async (t) => {
    const { client, gateway, read } = await startInRoom(t);
    gateway.latest.send(message);
    assert.equal((await reaches(client, "closed")).reason.code, "protocol-violation");
    assert.deepEqual(read, ["first"]);
  });

  test("control: presence and notices of the channel in its records, and messages of a transport channel outside", async (t) => {
    const { client, gateway, room: channel } = await startInRoom(t);
    await client.join("lobby", null);
    const present = { user: "bo", device: "pc", connection: "c_9", since: 1 };
    gateway.sendToRoom({ type: "presence", channel: room, joined: [present] }, message);
    gateway.sendToRoom({ type: "notice", code: "position-lost", channel: room, stream: "s2", offset: 0 });
    gateway.latest.send({ ...message, channel: lobby });
    await until(() => channel.position.stream === "s2");
    assert.deepEqual(channel.present, [present]);
    assert.equal(client.state.phase, "connected");
  });

  test("control: once the channel has been left, its number is free for one that is not sealed", async (t) => {
    const { client, gateway, room: channel } = await startInRoom(t);
    await channel.leave();
    gateway.protections = {};
    await client.join("room", null);
    gateway.latest.send(message);
    await settle();
    assert.equal(client.state.phase, "connected");
  });

  test("and a channel that the gateway has ended is sealed anew when it is joined again", async (t) => {
    const { client, gateway } = await startInRoom(t);
    gateway.latest.send({ type: "left", channel: room, code: "forbidden" });
    await settle();
    const again = await client.join("room", null);
    assert.equal(again.protection, "sealed");
  });
});

describe("before and around AUTH_OK", () => {
  const lies: readonly (readonly [string, string, (session: GatewaySession, id: number) => void])[] = [
    [
      "connected without AUTH_OK",
      "protocol-violation",
      (session, id) => session.send({ type: "connected", id, ...connectedFields }),
    ],
    [
      "a push before AUTH_OK",
      "protocol-violation",
      (session) => session.send({ type: "notification", data: 1, at: 1 }),
    ],
    [
      "a heartbeat before AUTH_OK",
      "session-failed",
      (session) => session.seal("heartbeat", encodePositions(new Map())),
    ],
    ["a channel key before AUTH_OK", "session-failed", (session) => session.seal("channelKey", new Uint8Array(70))],
    ["a skip before AUTH_OK", "session-failed", (session) => session.seal("skip", new Uint8Array(70))],
    [
      "a channel record before AUTH_OK",
      "session-failed",
      (session) => session.wire.toClient(new Uint8Array(200).fill(0x20)),
    ],
    ["an AUTH_OK that is too short", "session-failed", (session) => session.seal("authOk", new Uint8Array(31))],
    ["an AUTH_OK without a frame", "protocol-violation", (session) => session.seal("authOk", new Uint8Array(32))],
    [
      "AUTH_OK twice",
      "session-failed",
      (session, id) => {
        session.authorize(id);
        session.seal("authOk", concatBytes(new Uint8Array(32), encodeFrames({ type: "ping" })));
      },
    ],
  ];
  for (const [what, code, lie] of lies) {
    test(`${what} ends the connection (RK-4)`, async (t) => {
      const { client, gateway } = await startSealed(t);
      const reasons: string[] = [];
      client.addEventListener("state", ({ detail }) => {
        if ("reason" in detail) reasons.push(detail.reason.code);
      });
      await until(() => gateway.sessions.length === 1);
      gateway.latest.onConnect = ({ id }) => lie(gateway.latest, id);
      await until(() => reasons.length > 0);
      assert.deepEqual(reasons, [code]);
    });
  }

  const connectedFields = {
    connection: "c_1",
    user: "alice",
    device: "phone",
    expiresAt: 4_000_000_000_000,
    heartbeatMs: 25_000,
    limits: { maxMessageBytes: 65_536, maxFrames: 64, maxJoins: 128, messagesPerSecond: 20 },
  };
});

describe("a heartbeat", () => {
  test("that speaks of a channel nobody has joined, or leads back, ends the session (RK-3.2)", async (t) => {
    const position = { epochId: new Uint8Array(16), nextSeq: 0 };
    for (const positions of [new Map([[99, position]]), new Map([[room, position]])]) {
      const { client, gateway } = await startInRoom(t);
      gateway.latest.seal("heartbeat", encodePositions(positions));
      assert.equal((await reaches(client, "waiting")).reason.code, "session-failed");
    }
  });
});

describe("what the contract says is the least there is (SR-2.1)", () => {
  const contract = defineContract({
    channels: {
      room: { params: v.null(), message: v.string(), protection: "sealed", publish: "members" },
      lobby: { params: v.null(), message: v.string(), protection: "transport", publish: "members" },
    },
    commands: {},
    notification: v.string(),
  });

  test("a sealed channel that the gateway does not seal ends the client", async (t) => {
    const { client } = await startSealed<typeof contract>(t, {
      contract,
      prepare: ({ gateway }) => {
        gateway.protections = {};
      },
    });
    await reaches(client, "connected");
    client.join("room", null).catch(() => undefined);
    assert.equal((await reaches(client, "closed")).reason.code, "protocol-violation");
  });

  test("control: one that it seals is joined, and so is one that need not be and is", async (t) => {
    const { client } = await startSealed<typeof contract>(t, { contract });
    await reaches(client, "connected");
    assert.equal((await client.join("room", null)).protection, "sealed");
    assert.equal((await client.join("lobby", null)).protection, "transport");
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "@wardwire/contract";
import { demo } from "@wardwire/contracts/demo";

const { lobby, room, typing } = demo.definition.channels;
const { renameRoom } = demo.definition.commands;

function messageOfRefusal(result: ReturnType<typeof parse>): string {
  assert.ok(!result.ok, "expected a refusal");
  return result.message;
}

test("has an open lobby and a sealed room, with history of 100 messages, presence, and members who publish", () => {
  assert.deepEqual(Object.keys(demo.definition.channels), ["lobby", "room", "typing"]);
  assert.deepEqual([lobby.protection, room.protection], ["transport", "sealed"]);
  for (const channel of [lobby, room]) {
    assert.equal(channel.publish, "members");
    assert.equal(channel.presence, true);
    assert.deepEqual(channel.history, { messages: 100, ttlMs: 3_600_000 });
  }
});

test("has typing notices beside the rooms, of which nothing is kept", () => {
  assert.deepEqual([typing.ephemeral, typing.publish, typing.protection], [true, "members", "transport"]);
  assert.equal(demo.channel("typing")?.history, undefined);
  assert.ok(parse(typing.message, { isTyping: true }).ok);
  assert.ok(!parse(typing.message, { isTyping: "yes" }).ok);
});

test("takes room ids of 1 to 64 of a-z, 0-9 and -, and no others", () => {
  for (const { params } of [lobby, room]) {
    for (const roomId of ["a", "tea", "room-7", "-", "0".repeat(64)]) {
      assert.deepEqual(parse(params, { roomId }), { ok: true, value: { roomId } });
    }
    for (const roomId of [
      "",
      "Tea",
      "tea room",
      "tea\n",
      "té",
      "a:b",
      "a_b",
      "0".repeat(65),
      7,
      null,
      undefined,
      ["a"],
    ]) {
      assert.deepEqual(parse(params, { roomId }).ok, false, JSON.stringify(roomId));
    }
  }
  assert.equal(messageOfRefusal(parse(room.params, { roomId: "Tea" })), "roomId: expected 1 to 64 of a-z, 0-9 and -");
  assert.equal(messageOfRefusal(parse(room.params, {})), "roomId: missing");
});

test("takes messages of 1 to 2,000 code points, counted after NFC", () => {
  for (const { message } of [lobby, room]) {
    for (const text of ["a", "x".repeat(2_000), "😀".repeat(2_000), "e\u0301".repeat(2_000)]) {
      assert.deepEqual(parse(message, { text }), { ok: true, value: { text: text.normalize("NFC") } });
    }
    for (const text of ["x".repeat(2_001), "😀".repeat(2_001), "é".repeat(2_001)]) {
      assert.equal(messageOfRefusal(parse(message, { text })), "text: expected 1 to 2000 characters, got 2001");
    }
    assert.equal(messageOfRefusal(parse(message, { text: "" })), "text: expected 1 to 2000 characters, got 0");
    assert.equal(messageOfRefusal(parse(message, { text: "\u202E" })), "text: expected 1 to 2000 characters, got 0");
    assert.equal(messageOfRefusal(parse(message, { text: 7 })), "text: expected a string, got a number");
  }
});

test("takes renameRoom with a title of 1 to 80 code points, and answers with the title", () => {
  const title = "😀".repeat(80);
  assert.deepEqual(parse(renameRoom.input, { roomId: "tea", title }), { ok: true, value: { roomId: "tea", title } });
  assert.deepEqual(parse(renameRoom.output, { title }), { ok: true, value: { title } });
  assert.equal(
    messageOfRefusal(parse(renameRoom.input, { roomId: "tea", title: `${title}!` })),
    "title: expected 1 to 80 characters, got 81",
  );
  assert.equal(parse(renameRoom.input, { roomId: "Tea", title }).ok, false);
  assert.equal(parse(renameRoom.input, { title }).ok, false);
});

test("notifies of a room's title", () => {
  const value = { roomId: "tea", title: "Tea" };
  assert.deepEqual(parse(demo.definition.notification, value), { ok: true, value });
  assert.equal(parse(demo.definition.notification, { roomId: "tea" }).ok, false);
});

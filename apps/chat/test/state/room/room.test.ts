import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ClientError } from "@wardwire/client";
import { Room } from "../../../src/state/room/room.ts";
import { FakeClient, settled } from "../fake-client.ts";

const tea = { kind: "lobby", roomId: "tea" } as const;

async function joinedRoom(isWatched = true) {
  const client = new FakeClient();
  const room = new Room(client.asClient, tea, () => isWatched);
  room.join();
  await settled();
  const channel = client.channels.get("lobby/tea");
  assert.ok(channel);
  return { client, room, channel };
}

const texts = (room: Room): readonly string[] => room.messages.value.map(({ text }) => text);

describe("a room", () => {
  test("has its history, then what is said, and who is there", async () => {
    const { room, channel } = await joinedRoom();
    assert.equal(room.status.value.phase, "joined");
    assert.equal(room.isLoading.value, false);
    channel.deliver(1, "one");
    await settled();
    assert.deepEqual(texts(room), ["one"]);
    assert.deepEqual(
      room.present.value.map(({ user }) => user),
      ["alice"],
    );
  });

  test("fills a gap from the history", async () => {
    const { room, channel } = await joinedRoom();
    channel.deliver(1, "one");
    await settled();
    channel.past = [
      { offset: 1, text: "one" },
      { offset: 2, text: "two" },
      { offset: 3, text: "three" },
    ];
    channel.dispatchEvent(new CustomEvent("gap"));
    channel.deliver(4, "four");
    await settled();
    assert.deepEqual(texts(room), ["one", "two", "three", "four"]);
  });

  test("counts what arrives while nobody looks, and only that", async () => {
    const seen = await joinedRoom(true);
    const unseen = await joinedRoom(false);
    for (const { channel } of [seen, unseen]) channel.deliver(1, "one");
    await settled();
    assert.deepEqual([seen.room.unread.value, unseen.room.unread.value], [0, 1]);
    unseen.room.markRead();
    assert.equal(unseen.room.unread.value, 0);
  });

  test("says why one was not let in, and can be tried again", async () => {
    const client = new FakeClient();
    const refusal = new ClientError("forbidden", "no", { origin: "gateway" });
    client.joinFailures.push(refusal);
    const room = new Room(client.asClient, tea, () => true);
    room.join();
    await settled();
    assert.deepEqual(room.status.value, { phase: "closed", error: refusal });
    room.join();
    await settled();
    assert.equal(room.status.value.phase, "joined");
  });

  test("is asked who is there anew after a reconnect", async () => {
    const { client, room, channel } = await joinedRoom();
    channel.present = [...channel.present, { user: "bob", device: "laptop", connection: "c_9", since: 2 }];
    client.dispatchEvent(new CustomEvent("state", { detail: client.state }));
    await settled();
    assert.deepEqual(
      room.present.value.map(({ user }) => user),
      ["alice", "bob"],
    );
  });

  test("is left at the gateway too", async () => {
    const { room, channel } = await joinedRoom();
    room.leave();
    await settled();
    assert.equal(channel.left, true);
  });
});

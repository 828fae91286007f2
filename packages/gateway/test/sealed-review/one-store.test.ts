import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sqlite } from "@wardwire/cluster/sqlite";
import { RoomClient, sealedRooms, textOf } from "../sealed-channels/sealed-rooms.ts";

test("two gateways on one SQLite store: what one publishes the other's members open, live and recovered (HR-1, RK-1)", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "wardwire-"));
  t.after(() => rm(folder, { recursive: true }));
  const cluster = await sqlite({ file: join(folder, "store") });
  t.after(() => cluster.close());
  const one = await sealedRooms({ cluster });
  const two = { keys: one.keys, gateway: (await sealedRooms({ cluster, serverKeys: one.keys })).gateway };
  const [alice, bob] = [await RoomClient.connect(one, "alice"), await RoomClient.connect(two, "bob")];
  const [{ channel, position }, joined] = [await alice.join("quiet"), await bob.join("quiet")];
  const texts = ["one", "two", "three", "four"];
  for (const [index, text] of texts.entries()) {
    const speaker = index % 2 === 0 ? alice : bob;
    const answer = await speaker.publish(speaker === alice ? channel : joined.channel, text, { key: text });
    assert.equal(answer.type, "published", JSON.stringify(answer));
  }
  const again = await bob.publish(joined.channel, "one", { key: "one" });
  assert.equal(again.type === "published" && again.duplicate === true, false, "keys are those of a user");
  const heard: string[] = [];
  while (heard.length < 5) heard.push(...(await alice.texts()));
  assert.deepEqual(heard, [...texts, "one"]);
  const carol = await RoomClient.connect(two, "carol");
  const { recovered, messages = [] } = await carol.join("quiet", { since: position });
  assert.deepEqual([recovered, messages.map(({ data }) => textOf(data))], [true, heard]);
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memory } from "@wardwire/cluster/memory";
import { parsePositions } from "@wardwire/crypto/channel-records/channel-announcements";
import type { MessageFrame } from "@wardwire/wire/frames";
import { allow, deny } from "../../src/auth/authorize.ts";
import { reauthorize } from "../../src/revocation/reauthorize.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";
import { RoomClient, sealedRooms, settle } from "./sealed-rooms.ts";

/** Alice, bob and carol in one sealed room; each has what the others have. */
async function threeInARoom(changes: Parameters<typeof sealedRooms>[0] = {}) {
  const sealed = await sealedRooms(changes);
  const people = [];
  for (const name of ["alice", "bob", "carol"]) {
    const client = await RoomClient.connect(sealed, name);
    people.push({ client, number: (await client.join("quiet")).channel });
  }
  const [alice, bob, carol] = people.map(({ client }) => client) as [RoomClient, RoomClient, RoomClient];
  const number = people[0]?.number as number;
  const say = async (text: string): Promise<void> => {
    assert.equal((await alice.publish(number, text)).type, "published");
    await settle();
  };
  await say("hello");
  return { sealed, alice, bob, carol, number, say };
}

type Three = Awaited<ReturnType<typeof threeInARoom>>;

describe("a sealed room", () => {
  test("says so in `joined`, and messages come in one record for all, not in DATA (SR-2.2, RK-6)", async () => {
    const { sealed, bob, carol, say } = await threeInARoom();
    assert.deepEqual(await bob.texts(), ["hello"]);
    await carol.drain();
    await say("again");
    assert.equal(bob.records.length, 1);
    assert.equal(bob.records[0], carol.records[0]);
    assert.deepEqual([await bob.texts(), await carol.texts()], [["again"], ["again"]]);
    const dave = await RoomClient.connect(sealed, "dave");
    assert.equal((await dave.join("quiet")).protection, "sealed");
    assert.equal((await dave.join("open")).protection, undefined, "control: a room that is not");
  });

  test("stamps sender and time inside the record (RK-9)", async () => {
    const { sealed, bob } = await threeInARoom();
    const message = (await bob.drain()).find((each) => each !== "lost" && each.type === "message") as MessageFrame;
    assert.deepEqual([message.from?.user, message.at, message.offset], ["alice", sealed.gateway.clock.now(), 1]);
  });

  test("tells presence in records, each once, and a newcomer nothing of itself (WP-PUSH-5)", async () => {
    const sealed = await sealedRooms();
    const [alice, bob] = [await RoomClient.connect(sealed, "alice"), await RoomClient.connect(sealed, "bob")];
    await alice.join("room");
    await alice.drain();
    const joined = await bob.join("room");
    assert.deepEqual(
      joined.present?.map(({ user }) => user),
      ["alice"],
    );
    await settle();
    assert.equal(alice.records.length, 1);
    const told = await alice.drain();
    assert.deepEqual(
      told.map((each) => each !== "lost" && each.type === "presence" && each.joined?.map(({ user }) => user)),
      [["bob"]],
    );
    assert.deepEqual(
      (await bob.drain()).map((each) => each !== "lost" && each.type),
      ["joined"],
    );
    await alice.publish(joined.channel, "hi");
    assert.deepEqual(await bob.texts(), ["hi"]);
  });

  test("refuses a message that does not fit into one record, in JSON or in CBOR, and takes the largest", async () => {
    const { bob, alice, number } = await threeInARoom();
    await bob.drain();
    const largest = "x".repeat(60_700);
    assert.equal((await alice.publish(number, largest)).type, "published");
    assert.deepEqual(
      (await bob.texts()).map((text) => text.length),
      [60_700],
    );
    const refusals = [
      await alice.publish(number, "x".repeat(61_000)),
      await alice.ask({ type: "publish", channel: number, data: { text: "", numbers: Array(6_900).fill(0.1) } }),
    ];
    for (const refusal of refusals) assert.equal(refusal.type === "error" && refusal.code, "too-large");
    assert.equal(
      (await alice.ask({ type: "publish", channel: number, data: { text: "", numbers: Array(6_500).fill(0.1) } })).type,
      "published",
    );
    assert.equal((await bob.texts()).length, 1, "and the room goes on");
  });

  test("that keeps no history delivers all the same", async () => {
    const { sealed, alice } = await threeInARoom();
    const { channel } = await alice.join("fleeting");
    const dave = await RoomClient.connect(sealed, "dave");
    const { position } = await dave.join("fleeting");
    for (const text of ["1", "2"]) await alice.publish(channel, text);
    assert.deepEqual(await dave.texts(), ["1", "2"]);
    const erin = await RoomClient.connect(sealed, "erin");
    assert.equal((await erin.join("fleeting", { since: position })).recovered, false);
  });

  test("has its positions told every heartbeat, though the client talks all the time (RK-5.1)", async () => {
    const { sealed, bob } = await threeInARoom();
    await bob.drain();
    const { heartbeatMs } = sealed.gateway.core.limits;
    for (let part = 0; part < 4; part += 1) {
      sealed.gateway.clock.pass(heartbeatMs / 4);
      bob.client.send({ type: "pong" });
      await settle();
    }
    const beats = bob.client.received.filter(({ type }) => type === "heartbeat");
    assert.equal(beats.length, 1);
    const [beat] = beats;
    const positions = parsePositions(beat?.type === "heartbeat" ? beat.content : new Uint8Array(0));
    assert.deepEqual(
      [...(positions?.values() ?? [])].map(({ nextSeq }) => nextSeq),
      [1],
    );
    assert.ok(!(await bob.drain()).includes("lost"));
  });
});

describe("who may not be in a sealed room any longer cannot open what comes then (RK-7)", () => {
  /** Alice speaks on; a record that carol was sent, and what bob makes of it with the keys he had. */
  async function afterwards(three: Three, keysOfBob: RoomClient): Promise<{ opened: boolean; carol: string[] }> {
    await three.carol.drain();
    await three.say("not for bob");
    const [record] = three.carol.records;
    assert.ok(record !== undefined);
    const opened = keysOfBob.opens(record);
    return { opened, carol: await three.carol.texts() };
  }

  test("control: a member who has stopped reading could open it all the same", async () => {
    const three = await threeInARoom();
    await three.bob.drain();
    assert.deepEqual(await afterwards(three, three.bob), { opened: true, carol: ["not for bob"] });
  });

  test("who has been kicked by the application's rules", async () => {
    let mayBobBe = true;
    const three = await threeInARoom({
      authorize: ({ identity }) => (identity.userId === "bob" && !mayBobBe ? deny("no more") : allow()),
    });
    await three.bob.drain();
    mayBobBe = false;
    assert.deepEqual(await reauthorize(three.sealed.gateway.core, {}), { expelled: 1 });
    assert.deepEqual(await afterwards(three, three.bob), { opened: false, carol: ["not for bob"] });
  });

  test("who has been revoked", async () => {
    const three = await threeInARoom();
    await three.bob.drain();
    await three.sealed.gateway.core.revocations.revoke({ user: "bob" });
    assert.deepEqual(await afterwards(three, three.bob), { opened: false, carol: ["not for bob"] });
  });

  test("who has been revoked by another process of the cluster", async () => {
    const cluster = memory();
    const three = await threeInARoom({ cluster });
    const other = await sealedRooms({ cluster });
    await three.bob.drain();
    await other.gateway.core.revocations.revoke({ user: "bob" });
    assert.deepEqual(await afterwards(three, three.bob), { opened: false, carol: ["not for bob"] });
  });

  test("whose token has expired", async () => {
    const startMs = new ManualClock().now();
    const three = await threeInARoom({
      authenticate: (credential) => {
        const userId = credential.kind === "token" ? credential.token : "";
        const expiresAt = startMs + (userId === "bob" ? 30_000 : 600_000);
        return { ok: true, identity: { userId, claims: {}, expiresAt } };
      },
    });
    await three.bob.drain();
    three.sealed.gateway.clock.pass(30_000);
    assert.equal(three.bob.client.socket.closedWith?.code, 4401);
    await settle();
    assert.deepEqual(await afterwards(three, three.bob), { opened: false, carol: ["not for bob"] });
  });

  test("who has left, and who has just gone, once the window of a leave is over", async () => {
    for (const go of [
      async ({ number }: Three, bob: RoomClient) => void bob.client.send({ type: "leave", id: 99, channel: number }),
      async (_: Three, bob: RoomClient) => bob.client.socket.leave(1006),
    ]) {
      const three = await threeInARoom();
      await three.bob.drain();
      await go(three, three.bob);
      await settle();
      three.sealed.gateway.clock.pass(250);
      assert.deepEqual(await afterwards(three, three.bob), { opened: false, carol: ["not for bob"] });
    }
  });

  /** Bob is revoked by another process, of which this one hears nothing; what carol is sent, and whether bob opens it. */
  async function revokedUnseen(whatHappens: (three: Three) => void) {
    const engine = memory();
    const { broker, presence, budgets, revocations } = engine;
    const deaf = {
      append: (bytes: Uint8Array, ttlMs: number) => revocations.append(bytes, ttlMs),
      read: (since: number) => revocations.read(since),
      subscribe: async () => ({ unsubscribe: () => {} }),
    };
    const cluster = { broker, presence, budgets, revocations: deaf, close: () => engine.close() };
    const three = await threeInARoom({ cluster });
    await three.bob.drain();
    await three.carol.drain();
    await (await sealedRooms({ cluster: engine })).gateway.core.revocations.revoke({ user: "bob" });
    whatHappens(three);
    await settle();
    const [record] = three.carol.records;
    assert.ok(record !== undefined);
    return { opened: three.bob.opens(record), carol: await three.carol.texts() };
  }

  const publish = ({ alice, number }: Three): void =>
    alice.client.send({ type: "publish", id: 77, channel: number, data: { text: "not for bob" } });

  test("who was revoked while the event loop stood still: it is read before anything is sealed (RK-8)", async () => {
    const stalled = await revokedUnseen((three) => three.sealed.gateway.clock.stall(600, () => publish(three)));
    assert.deepEqual(stalled, { opened: false, carol: ["not for bob"] });
  });

  test("control: without a stall it would be sealed for him, since nobody has heard of it yet", async () => {
    assert.deepEqual(await revokedUnseen(publish), { opened: true, carol: ["not for bob"] });
  });
});

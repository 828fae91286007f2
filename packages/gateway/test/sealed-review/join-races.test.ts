import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { allow, deny } from "../../src/auth/authorize.ts";
import { reauthorize } from "../../src/revocation/reauthorize.ts";
import type { ManualClock } from "../../src/testing/manual-clock.ts";
import { RoomClient, sealedRooms, settle, textOf } from "../sealed-channels/sealed-rooms.ts";
import type { SealedGateway } from "../support/sealed-client.ts";
import { heldHistory, SlowEngine } from "./slow-engine.ts";

/** Alice is in the quiet room and has said something; bob knows where that began. */
async function roomWithRules() {
  const engine = new SlowEngine();
  const denied = new Set<string>();
  const sealed = await sealedRooms({
    cluster: engine,
    authorize: ({ identity }) => (denied.has(identity.userId) ? deny("no more") : allow()),
  });
  const [alice, bob] = [await RoomClient.connect(sealed, "alice"), await RoomClient.connect(sealed, "bob")];
  const { channel, position } = await alice.join("quiet");
  await alice.publish(channel, "before");
  return { engine, denied, sealed, alice, bob, channel, start: position };
}

describe("a join that is under way", () => {
  test("when the rules change gives nothing of the room: neither history nor a key (R43, HR-2)", async () => {
    const { engine, denied, sealed, alice, bob, channel, start } = await roomWithRules();
    const history = heldHistory(engine);
    bob.client.send({ type: "join", id: 9, channel: "quiet", params: { roomId: "tea" }, since: start });
    await history.asked;
    denied.add("bob");
    await reauthorize(sealed.gateway.core, { user: "bob" });
    await alice.publish(channel, "not for bob");
    history.goOn();
    await settle();
    const frames = bob.client.received.map((each) => (each.type === "frame" ? each.frame.type : each.type));
    assert.deepEqual(frames, ["error"]);
    assert.equal(sealed.gateway.core.channels.size, 1, "and nothing of it stays behind");
  });

  test("control: goes on when the rules have been asked again and still allow it", async () => {
    const { engine, sealed, bob, start } = await roomWithRules();
    const history = heldHistory(engine);
    const joining = bob.join("quiet", { since: start });
    await history.asked;
    await reauthorize(sealed.gateway.core, { user: "bob" });
    history.goOn();
    assert.deepEqual(
      (await joining).messages?.map(({ data }) => textOf(data)),
      ["before"],
    );
  });

  test("misses nothing that is published in the very moment in which it takes effect (WP-RECOVER-1)", async () => {
    for (let hops = 0; hops < 24; hops += 1) {
      const { engine, alice, bob, channel, start } = await roomWithRules();
      let isDone = false;
      engine.after = () => {
        if (isDone) return;
        isDone = true;
        let publish: Promise<unknown> = Promise.resolve();
        for (let hop = 0; hop < hops; hop += 1) publish = publish.then(() => {});
        void publish.then(() => alice.client.send({ type: "publish", id: 77, channel, data: { text: "meanwhile" } }));
      };
      const { messages = [] } = await bob.join("quiet", { since: start });
      await settle();
      const texts = [...messages.map(({ data }) => textOf(data)), ...(await bob.texts())];
      assert.deepEqual(texts, ["before", "meanwhile"], `${hops} microtasks after the history was read`);
    }
  });
});

describe("a join that is under way while a large process looks for whom it has to close", () => {
  /** Bob joins on one of two connections; `meanwhile` happens before the engine answers. What that connection was given. */
  async function joinedWhile(meanwhile: (sealed: SealedGateway) => Promise<unknown>): Promise<readonly string[]> {
    const engine = new SlowEngine();
    const sealed = await sealedRooms({ cluster: engine });
    const [elsewhere, bob] = [await RoomClient.connect(sealed, "bob"), await RoomClient.connect(sealed, "bob")];
    const { channel, position } = await elsewhere.join("quiet");
    await elsewhere.publish(channel, "before");
    const history = heldHistory(engine);
    bob.client.send({ type: "join", id: 9, channel: "quiet", params: { roomId: "tea" }, since: position });
    await history.asked;
    keepBusy(sealed.gateway.clock);
    const going = meanwhile(sealed);
    history.goOn();
    await going;
    await settle();
    return bob.client.received.map((each) => (each.type === "frame" ? each.frame.type : each.type));
  }

  test("gives a user who has been revoked nothing of the room (RK-7.1)", async () => {
    const given = await joinedWhile(({ gateway }) => gateway.core.revocations.revoke({ user: "bob" }));
    assert.deepEqual(given, ["error", "close"]);
  });

  test("control: gives it to who has not", async () => {
    const given = await joinedWhile(({ gateway }) => gateway.core.revocations.revoke({ user: "carol" }));
    assert.deepEqual(given, ["joined"]);
  });
});

/** From now on time passes between any two readings of a clock, as in a process that is busy. */
function keepBusy(clock: ManualClock): void {
  let passedMs = 0;
  const standsStill = clock.monotonic.bind(clock);
  clock.monotonic = () => {
    passedMs += 2;
    return standsStill() + passedMs;
  };
}

describe("a request about a room that is under way when its member is kicked", () => {
  test("is not answered: what the engine gives then may be later than the kick (R43, HR-2)", async () => {
    const { engine, denied, sealed, bob } = await roomWithRules();
    const { channel } = await bob.join("quiet");
    await bob.drain();
    const history = heldHistory(engine);
    bob.client.send({ type: "history", id: 9, channel, limit: 10 });
    await history.asked;
    denied.add("bob");
    assert.deepEqual(await reauthorize(sealed.gateway.core, {}), { expelled: 1 + 0 });
    history.goOn();
    const frames = (await bob.drain()).map((each) => each !== "lost" && each.type);
    assert.deepEqual(frames, ["left", "error"]);
  });

  test("control: is answered to who still is a member", async () => {
    const { engine, bob } = await roomWithRules();
    const { channel } = await bob.join("quiet");
    const history = heldHistory(engine);
    const answering = bob.ask({ type: "history", channel, limit: 10 });
    await history.asked;
    history.goOn();
    assert.equal((await answering).type, "messages");
  });
});

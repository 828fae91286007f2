import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connectDemo, type DemoClient, take } from "./fixtures/demo-client.ts";
import { RawSession } from "./fixtures/raw-session.ts";
import { DevelopmentGateway } from "./fixtures/wardwire.ts";

describe("a session over WSS with the development gateway", { timeout: 30_000 }, () => {
  let gateway: DevelopmentGateway;
  const tokens: Record<"phone" | "laptop" | "bob", string> = { phone: "", laptop: "", bob: "" };

  before(async () => {
    gateway = await DevelopmentGateway.start();
    [tokens.phone, tokens.laptop, tokens.bob] = await Promise.all([
      gateway.token("alice", "--device", "phone"),
      gateway.token("alice", "--device", "laptop"),
      gateway.token("bob", "--device", "desk"),
    ]);
  });
  after(() => gateway[Symbol.asyncDispose]());

  /** Three clients, two of them two devices of one user, in one lobby. */
  async function three(roomId: string) {
    const [phone, laptop, bob] = await Promise.all([
      connectDemo(gateway, { token: tokens.phone }),
      connectDemo(gateway, { token: tokens.laptop }),
      connectDemo(gateway, { token: tokens.bob }),
    ]);
    const joined = {
      phone: await phone.join("lobby", { roomId }),
      laptop: await laptop.join("lobby", { roomId }),
      bob: await bob.join("lobby", { roomId }),
    };
    return {
      ...{ phone, laptop, bob, joined },
      [Symbol.asyncDispose]: () =>
        Promise.all([phone, laptop, bob].map((client) => client.close())).then(() => undefined),
    };
  }

  test("a message reaches the other device and the other user, stamped with who sent it and when", async () => {
    await using lobby = await three("stamps");
    const { user, device, connection } = connectedState(lobby.phone);
    assert.deepEqual({ user, device }, { user: "alice", device: "phone" });

    const earliest = Date.now();
    const { offset, duplicate } = await lobby.joined.phone.publish({ text: "hello" });

    assert.equal(duplicate, false);
    for (const channel of [lobby.joined.laptop, lobby.joined.bob]) {
      const [message] = await take(1, channel.messages[Symbol.asyncIterator]());
      assert.deepEqual(message?.sender, { user, device, connection });
      assert.deepEqual(message?.data, { text: "hello" });
      assert.equal(message?.offset, offset);
      assert.ok(message.at >= earliest && message.at <= Date.now(), `${message.at} is when it was published`);
    }
  });

  test("all members receive the same messages in the same order", async () => {
    await using lobby = await three("order");
    const readers = [lobby.joined.laptop, lobby.joined.bob].map((each) => each.messages[Symbol.asyncIterator]());
    const texts = Array.from({ length: 20 }, (_, index) => `message ${index}`);

    await Promise.all(texts.map((text) => lobby.joined.phone.publish({ text })));

    for (const reader of readers) {
      const messages = await take(texts.length, reader);
      assert.deepEqual(
        messages.map(({ data }) => data.text),
        texts,
      );
    }
  });

  test("own messages are left out of the client's stream, unless asked for", async () => {
    await using lobby = await three("own");
    const { joined, bob } = lobby;
    const ownToo = await bob.join("lobby", { roomId: "own-too" }, { own: true });
    const own = ownToo.messages[Symbol.asyncIterator]();
    const withoutOwn = joined.bob.messages[Symbol.asyncIterator]();

    await ownToo.publish({ text: "to myself" });
    await joined.bob.publish({ text: "to the others" });
    await joined.phone.publish({ text: "from the phone" });

    assert.deepEqual((await take(1, own))[0]?.data, { text: "to myself" });
    const [first] = await take(1, withoutOwn);
    assert.deepEqual(first?.data, { text: "from the phone" }, "the own message before it was left out");
  });

  test("a message of one's other device is not one's own", async () => {
    await using lobby = await three("devices");
    const reader = lobby.joined.laptop.messages[Symbol.asyncIterator]();
    await lobby.joined.phone.publish({ text: "from my phone" });
    const [message] = await take(1, reader);
    assert.equal(message?.sender?.user, "alice");
    assert.equal(message?.sender?.device, "phone");
  });

  test("renameRoom answers, and notifies every device of every user who is present, and nobody else", async () => {
    await using lobby = await three("renamed");
    await using carol = await connectDemo(gateway, { token: await gateway.token("carol") });
    const here = [lobby.phone, lobby.laptop, lobby.bob].map((each) => each.notifications[Symbol.asyncIterator]());
    let elsewhere = 0;
    carol.addEventListener("notification", () => {
      elsewhere += 1;
    });

    const earliest = Date.now();
    const result = await lobby.bob.call("renameRoom", { roomId: "renamed", title: "Tea" });

    assert.deepEqual(result, { title: "Tea" });
    for (const reader of here) {
      const [notification] = await take(1, reader);
      assert.deepEqual(notification?.data, { roomId: "renamed", title: "Tea" });
      assert.ok(notification.at >= earliest && notification.at <= Date.now());
    }
    // Her own call is answered after anything sent to her before.
    await carol.call("renameRoom", { roomId: "empty", title: "Nobody" });
    assert.equal(elsewhere, 0);
  });

  test("presence names each connection, and tells who comes and who goes", async () => {
    await using lobby = await three("presence");
    const { joined } = lobby;
    const devices = (await joined.phone.presence()).map(({ user, device }) => `${user} ${device}`).sort();
    assert.deepEqual(devices, ["alice laptop", "alice phone", "bob desk"]);

    const gone = new Promise<string>((resolve) => {
      joined.phone.addEventListener("presence", ({ detail }) => {
        for (const { device } of detail.left) resolve(device);
      });
    });
    await lobby.bob.close();
    assert.equal(await gone, "desk");
  });

  test("a publish repeated under its key is taken once", async () => {
    await using lobby = await three("keys");
    const first = await lobby.joined.phone.publish({ text: "once" }, { key: "k1" });
    const second = await lobby.joined.phone.publish({ text: "once" }, { key: "k1" });
    const other = await lobby.joined.phone.publish({ text: "again" }, { key: "k2" });
    assert.deepEqual(second, { offset: first.offset, duplicate: true });
    assert.equal(other.duplicate, false);
    const { messages } = await lobby.joined.bob.history({ limit: 10 });
    assert.deepEqual(
      messages.map(({ data }) => data.text),
      ["once", "again"],
    );
  });

  test("a client that speaks CBOR and one that speaks JSON understand each other", async () => {
    await using cbor = await connectDemo(gateway, { token: tokens.phone, encoding: "cbor" });
    await using json = await connectDemo(gateway, { token: tokens.bob });
    const fromCbor = await cbor.join("lobby", { roomId: "babel" });
    const fromJson = await json.join("lobby", { roomId: "babel" });
    await fromCbor.publish({ text: "käse 🧀" });
    await fromJson.publish({ text: "brot 🍞" });
    const [toJson] = await take(1, fromJson.messages[Symbol.asyncIterator]());
    const [toCbor] = await take(1, fromCbor.messages[Symbol.asyncIterator]());
    assert.deepEqual([toJson?.data, toCbor?.data], [{ text: "käse 🧀" }, { text: "brot 🍞" }]);
    assert.deepEqual([toJson?.sender?.user, toCbor?.sender?.user], ["alice", "bob"]);
  });

  test("several frames travel in one message, both ways", async () => {
    using session = await RawSession.connect(gateway, { authorization: tokens.bob });
    const channel = await session.join("lobby", { roomId: "frames" });
    const before = session.messages.length;
    const ids = Array.from({ length: 10 }, () => session.nextId());

    session.send(...ids.map((id) => ({ type: "publish", id, channel, data: { text: `frame ${id}` } })));
    const replies = await Promise.all(ids.map((id) => session.reply(id)));

    assert.ok(replies.every(({ type }) => type === "published"));
    const frames = session.messages.slice(before).flat();
    const pushes = frames.filter(({ type }) => type === "message");
    assert.equal(pushes.length, ids.length, "the publisher is sent its own messages too");
    const messages = session.messages.length - before;
    assert.ok(messages < frames.length, `${frames.length} frames came in ${messages} messages`);
  });
});

function connectedState(client: DemoClient) {
  assert.equal(client.state.phase, "connected");
  return client.state as Extract<DemoClient["state"], { readonly phase: "connected" }>;
}

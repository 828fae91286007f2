import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { StreamItem } from "@wardwire/cluster/broker";
import { ClusterError } from "@wardwire/cluster/cluster-error";
import { parseHistoryHeader } from "@wardwire/crypto/history/history-item";
import type { HistoryMessage, Position } from "@wardwire/wire/frames";
import { gatewayOver } from "../../src/gateway-over.ts";
import { LossyEngine } from "../channels/lossy-engine.ts";
import type { SealedGateway } from "../support/sealed-client.ts";
import { DishonestEngine } from "./dishonest-engine.ts";
import { addressOf, RoomClient, sealedRooms, settle, textOf } from "./sealed-rooms.ts";

/** Alice is in the quiet room, and has published one to five there. */
async function writtenRoom(texts: readonly string[] = ["one", "two", "three", "four", "five"]) {
  const engine = new DishonestEngine();
  const sealed = await sealedRooms({ cluster: engine });
  const alice = await RoomClient.connect(sealed, "alice");
  const { channel, position } = await alice.join("quiet");
  for (const text of texts) await alice.publish(channel, text, { key: `key-${text}` });
  return { engine, sealed, alice, channel, start: position };
}

/** What somebody who comes back gets, having been where `since` is. */
async function recovered(sealed: SealedGateway, since: Position): Promise<readonly [boolean | undefined, string[]]> {
  const bob = await RoomClient.connect(sealed, "bob");
  const joined = await bob.join("quiet", { since });
  bob.client.close(1000);
  return [joined.recovered, textsOf(joined.messages ?? [])];
}

function textsOf(messages: readonly HistoryMessage[]): string[] {
  return messages.map(({ data }) => textOf(data));
}

const all = ["one", "two", "three", "four", "five"];

describe("history of a sealed channel", () => {
  test("is ciphertext in the engine: nothing of a message or who sent it stands there (HR-2)", async () => {
    const { engine, sealed, alice } = await writtenRoom(["a canary in the cage"]);
    const shown = (): string => engine.publications.map(({ bytes }) => Buffer.from(bytes).toString("latin1")).join();
    for (const word of ["canary", "alice", "message", '"at"']) assert.ok(!shown().includes(word), word);
    const { channel } = await alice.join("open");
    await alice.publish(channel, "a canary in the cage");
    for (const word of ["canary", "alice", "message", '"at"']) assert.ok(shown().includes(word), `control: ${word}`);
    assert.equal(sealed.gateway.events.filter(({ event }) => event === "failure").length, 0);
  });

  test("is opened for whoever recovers, whole or from a position on (RC-1)", async () => {
    const { sealed, start } = await writtenRoom();
    assert.deepEqual(await recovered(sealed, start), [true, all]);
    assert.deepEqual(await recovered(sealed, { ...start, offset: 3 }), [true, ["four", "five"]]);
  });

  test("is opened in pages, forward and backward, for members and for the application", async () => {
    const { sealed, alice, channel, start } = await writtenRoom();
    const page = async (query: object) => {
      const answer = await alice.ask({ type: "history", channel, ...query });
      return answer.type === "messages" ? textsOf(answer.messages) : answer;
    };
    assert.deepEqual(await page({ limit: 2 }), ["one", "two"]);
    assert.deepEqual(await page({ limit: 2, since: { ...start, offset: 2 } }), ["three", "four"]);
    assert.deepEqual(await page({ limit: 2, reverse: true }), ["five", "four"]);
    const gateway = gatewayOver(sealed.gateway.core, { trustedProxies: [], ownsCluster: false });
    const { messages, complete } = await gateway.history("quiet", { roomId: "tea" }, { limit: 3 });
    assert.deepEqual([messages.map(({ data }) => textOf(data)), complete], [["one", "two", "three"], true]);
  });

  test("gives a joiner of the latest value that value", async () => {
    const { sealed, alice } = await writtenRoom();
    const { channel } = await alice.join("latest");
    for (const text of ["1", "2"]) await alice.publish(channel, text);
    const bob = await RoomClient.connect(sealed, "bob");
    const joined = await bob.join("latest");
    assert.deepEqual([textsOf(joined.messages ?? []), joined.lossy, joined.protection], [["2"], true, "sealed"]);
  });

  test("is opened once in a process, not for each of a crowd that comes back (HR-2)", async (t) => {
    const { engine, sealed, start } = await writtenRoom();
    assert.deepEqual(await recovered(sealed, start), [true, all]);
    const kekOf = t.mock.method(sealed.keys.history, "of");
    assert.deepEqual(await recovered(sealed, start), [true, all]);
    assert.equal(kekOf.mock.callCount(), 0, "what this process has sealed it need not open");
    const other = await anotherProcess(sealed, engine);
    await recovered(other, start);
    const opened = kekOf.mock.callCount();
    assert.equal(opened, all.length, "control: another process has to");
    await recovered(other, start);
    assert.equal(kekOf.mock.callCount(), opened);
  });

  test("is written by processes that share no writer, and read by each (RK-1, HR-1)", async () => {
    const { engine, sealed, alice, channel, start } = await writtenRoom();
    const other = await anotherProcess(sealed, engine);
    const bob = await RoomClient.connect(other, "bob");
    const there = await bob.join("quiet");
    await bob.publish(there.channel, "six");
    await alice.publish(channel, "seven");
    assert.deepEqual((await bob.texts()).sort(), ["seven", "six"]);
    assert.deepEqual(await recovered(sealed, start), [true, [...all, "six", "seven"]]);
    const names = engine.publications.map(({ bytes }) => {
      const { writerId, writerSeq } = parseHistoryHeader(bytes) ?? {};
      return `${Buffer.from(writerId ?? []).toString("hex")} ${writerSeq}`;
    });
    assert.equal(new Set(names).size, 7, "no key seals two items under one nonce");
    assert.equal(new Set(names.map((name) => name.split(" ")[0])).size, 2);
  });
});

/** Another process of the cluster, with the same keys. */
async function anotherProcess(sealed: SealedGateway, engine: DishonestEngine): Promise<SealedGateway> {
  const { gateway } = await sealedRooms({ cluster: engine, serverKeys: sealed.keys });
  return { gateway, keys: sealed.keys };
}

describe("history that an engine has tampered with is not passed off as whole (HR-1.2)", () => {
  const flip = ({ offset, bytes }: StreamItem, at: number): StreamItem => {
    const changed = Uint8Array.from(bytes);
    changed[at < 0 ? bytes.length + at : at] = (bytes.at(at) ?? 0) ^ 1;
    return { offset, bytes: changed };
  };
  /** The bytes in another order, under the offsets that clients expect. */
  const reordered = (items: readonly StreamItem[], order: readonly number[]): StreamItem[] =>
    order.map((from, at) => ({ offset: at + 1, bytes: items[from]?.bytes ?? new Uint8Array(0) }));
  const tampers: readonly [what: string, tamper: DishonestEngine["tamper"]][] = [
    ["a changed tag", (items) => items.map((item, at) => (at === 2 ? flip(item, -1) : item))],
    ["a changed header", (items) => items.map((item, at) => (at === 2 ? flip(item, 32) : item))],
    ["another order", (items) => reordered(items, [0, 2, 1, 3, 4])],
    ["an item twice, in the place of another", (items) => reordered(items, [0, 1, 1, 3, 4])],
    ["one left out, and the last twice", (items) => reordered(items, [0, 1, 3, 4, 4])],
    [
      "an item that was never sealed",
      (items) => items.map((item, at) => (at === 2 ? { ...item, bytes: Buffer.from('{"message":"m"}') } : item)),
    ],
    ["an empty item", (items) => items.map((item, at) => (at === 2 ? { ...item, bytes: new Uint8Array(0) } : item))],
  ];
  for (const [what, tamper] of tampers) {
    test(what, async () => {
      const { engine, sealed, alice, channel, start } = await writtenRoom();
      engine.tamper = tamper;
      assert.deepEqual(await recovered(sealed, start), [false, []]);
      const answer = await alice.ask({ type: "history", channel, limit: 10 });
      assert.equal(answer.type === "error" && answer.code, "unavailable", "a page cannot say it, so there is none");
      const gateway = gatewayOver(sealed.gateway.core, { trustedProxies: [], ownsCluster: false });
      const page = await gateway.history("quiet", { roomId: "tea" }, { limit: 10 });
      assert.deepEqual([page.messages, page.complete], [[], false]);
      engine.tamper = (items) => items;
      assert.deepEqual(await recovered(sealed, start), [true, all], "control: as it was");
    });
  }

  test("an item of another room", async () => {
    const { engine, sealed, alice, start } = await writtenRoom();
    const { channel } = await alice.join("quiet", {}, "coffee");
    await alice.publish(channel, "elsewhere");
    const foreign = engine.publications.at(-1)?.bytes ?? new Uint8Array(0);
    engine.tamper = (items) => items.map((item, at) => (at === 4 ? { ...item, bytes: foreign } : item));
    assert.deepEqual(await recovered(sealed, start), [false, []]);
  });

  test("items whose KEK is gone (HR-3)", async (t) => {
    const { engine, sealed, start } = await writtenRoom();
    t.mock.method(sealed.keys.history, "of", () => undefined);
    assert.deepEqual(await recovered(await anotherProcess(sealed, engine), start), [false, []]);
  });

  test("an item changed on its way to members is told as lost, and what follows is delivered", async () => {
    const { engine, sealed, alice, channel } = await writtenRoom();
    const bob = await RoomClient.connect(sealed, "bob");
    await bob.join("quiet");
    await bob.drain();
    engine.deliver = (item) => flip(item, -1);
    await alice.publish(channel, "six");
    engine.deliver = (item) => item;
    await alice.publish(channel, "seven");
    const told = (await bob.drain()).flatMap((each) => {
      if (each === "lost") return ["lost"];
      if (each.type === "notice") return [`${each.code} ${each["offset"]}`];
      return each.type === "message" ? [textOf(each.data)] : [];
    });
    assert.deepEqual(told, ["position-lost 6", "seven"]);
  });

  test("an item left out on its way, with those behind it renumbered, is told as lost", async () => {
    const { engine, sealed, alice, channel } = await writtenRoom();
    const other = await anotherProcess(sealed, engine);
    const bob = await RoomClient.connect(other, "bob");
    await bob.join("quiet");
    await alice.publish(channel, "six");
    // One that bob has had already in the place of the seventh, and the eighth in its place.
    engine.deliver = (item) => ({ ...item, offset: 6 });
    await alice.publish(channel, "seven");
    engine.deliver = (item) => ({ ...item, offset: 7 });
    await alice.publish(channel, "eight");
    const told = (await bob.drain()).map((each) =>
      each !== "lost" && each.type === "message" ? textOf(each.data) : each,
    );
    assert.deepEqual([told[1], told.length], ["six", 3], "it has joined, and got one message");
    assert.ok(typeof told[2] === "object" && told[2].type === "notice" && told[2].code === "position-lost");
  });
});

describe("publishing to a sealed channel", () => {
  test("under one key stores one message, and what comes after it still follows (HR-1.1)", async () => {
    const { sealed, alice, channel, start } = await writtenRoom();
    const again = await alice.publish(channel, "two", { key: "key-two" });
    assert.ok(again.type === "published" && again.duplicate === true && again.offset === 2);
    await alice.publish(channel, "six");
    assert.deepEqual(await recovered(sealed, start), [true, [...all, "six"]]);
  });

  const outcomes: readonly [what: string, isStored: boolean][] = [
    ["was not stored", false],
    ["was stored, as nobody knows", true],
  ];
  for (const [what, isStored] of outcomes) {
    test(`goes on as another writer after an item that ${what} (HR-1.1)`, async () => {
      const { engine, sealed, alice, channel, start } = await writtenRoom();
      engine.publishing = async (publish) => {
        if (isStored) await publish();
        throw new ClusterError("unavailable", "the engine does not answer in this test");
      };
      const refused = await alice.publish(channel, "six", { key: "six" });
      assert.equal(refused.type === "error" && refused.code, "unavailable");
      engine.publishing = (publish) => publish();
      const retried = await alice.publish(channel, "six", { key: "six" });
      assert.equal(retried.type === "published" && retried.duplicate === true, isStored);
      await alice.publish(channel, "seven");
      assert.deepEqual(await recovered(sealed, start), [true, [...all, "six", "seven"]]);
      const writers = engine.publications.map(({ bytes }) =>
        Buffer.from(parseHistoryHeader(bytes)?.writerId ?? []).toString("hex"),
      );
      assert.ok(new Set(writers).size > 1);
    });
  }

  test("has one item of a channel on its way at a time, so that each refers to one that is stored", async () => {
    const { engine, sealed, start } = await writtenRoom();
    let underWay = 0;
    let most = 0;
    engine.publishing = async (publish) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await settle();
      underWay -= 1;
      return publish();
    };
    const { store } = sealed.gateway.core.channels;
    const publish = (text: string) => {
      const bytes = Buffer.from(JSON.stringify({ message: `m_${text}`, at: 0, data: { text } }));
      return store.publish(addressOf(sealed, "quiet"), {
        bytes,
        history: { messages: 100, bytes: 1e6, ttlMs: 60_000 },
      });
    };
    await Promise.all(["six", "seven", "eight"].map(publish));
    assert.equal(most, 1);
    assert.deepEqual(await recovered(sealed, start), [true, [...all, "six", "seven", "eight"]]);
  });

  test("to a history that has begun anew is done once more, for the new stream, and once only (HR-1.1)", async () => {
    const engine = new LossyEngine();
    const sealed = await sealedRooms({ cluster: engine });
    const [alice, bob] = [await RoomClient.connect(sealed, "alice"), await RoomClient.connect(sealed, "bob")];
    const { channel, position } = await alice.join("quiet");
    await bob.join("quiet");
    await alice.publish(channel, "before");
    await engine.lose();
    const published = await alice.publish(channel, "after", { key: "k" });
    assert.ok(published.type === "published" && published.duplicate === undefined);
    const again = await alice.publish(channel, "after", { key: "k" });
    assert.ok(again.type === "published" && again.duplicate === true);
    assert.equal(again.offset, published.offset);
    const texts = await bob.texts();
    assert.deepEqual(texts, ["before", "after"]);
    const now = await engine.position(addressOf(sealed, "quiet").key);
    assert.notEqual(now.stream, position.stream);
    assert.deepEqual(await recovered(sealed, { ...now, offset: published.offset - 1 }), [true, ["after"]]);
  });

  test("from the application to a room that nobody is in asks the engine for its stream", async () => {
    const { engine, sealed } = await writtenRoom();
    const gateway = gatewayOver(sealed.gateway.core, { trustedProxies: [], ownsCluster: false });
    for (const text of ["1", "2"]) await gateway.publish("quiet", { roomId: "empty" }, { text });
    const { messages } = await gateway.history("quiet", { roomId: "empty" }, { limit: 10 });
    assert.deepEqual(
      messages.map(({ data }) => textOf(data)),
      ["1", "2"],
    );
    assert.ok(engine.publications.every(({ bytes }) => parseHistoryHeader(bytes) !== undefined));
  });
});

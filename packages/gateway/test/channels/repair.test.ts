import assert from "node:assert/strict";
import { test } from "node:test";
import type { GatewayFrame } from "@wardwire/wire/frames";
import { channelAddress } from "../../src/channels/address.ts";
import { maxHeldItems } from "../../src/channels/channel.ts";
import { publishTo } from "../../src/channels/publish.ts";
import { GatewayOnPaper, type PaperSocket } from "../gateway-on-paper.ts";
import { LossyEngine } from "./lossy-engine.ts";

/** Twice as long as the longest pause between two looks. */
const twoLooksMs = 15_000;

/** Alice publishes, bob listens. */
async function room(channel = "lobby") {
  const engine = new LossyEngine();
  const gateway = new GatewayOnPaper({ cluster: engine });
  const [alice, bob] = [await gateway.connect("alice"), await gateway.connect("bob")];
  const number = await join(alice, channel);
  await join(bob, channel);
  const publish = async (...texts: readonly string[]): Promise<void> => {
    for (const text of texts) {
      alice.send({ type: "publish", id: 3, channel: number, data: { text } });
      await alice.next("published");
    }
  };
  /** What bob is told from now on. */
  const told = async (): Promise<unknown[]> => (await bob.drain()).map(summary);
  return { engine, gateway, alice, bob, number, publish, told };
}

async function join(socket: PaperSocket, channel: string): Promise<number> {
  socket.send({ type: "join", id: 2, channel, params: { roomId: "tea" } });
  const joined = await socket.next("joined");
  await socket.drain();
  return joined.channel;
}

function summary(frame: GatewayFrame): unknown {
  if (frame.type === "message") return frame.offset;
  return frame.type === "notice" ? [frame.code, frame["offset"]] : frame.type;
}

/** Lets the gateway look at its channels twice. */
async function lookTwice(gateway: GatewayOnPaper, socket: PaperSocket): Promise<GatewayFrame[]> {
  const frames: GatewayFrame[] = [];
  for (let look = 0; look < 2; look += 1) {
    gateway.clock.pass(twoLooksMs / 2);
    frames.push(...(await socket.drain()).filter(({ type }) => type !== "ping"));
  }
  return frames;
}

test("an item lost on its way is read again when the next one comes, and delivered in order (WP-RECOVER-3)", async () => {
  const { engine, publish, told } = await room();
  await publish("1");
  engine.delivers = false;
  await publish("2", "3");
  engine.delivers = true;
  await publish("4");
  await publish("5");
  assert.deepEqual(await told(), [1, 2, 3, 4, 5]);
});

test("an item lost on its way is found without a later one, and delivered (WP-RECOVER-3)", async () => {
  const { engine, gateway, bob, publish, told } = await room();
  await publish("1");
  engine.delivers = false;
  await publish("2", "3");
  assert.deepEqual(await told(), [1]);
  assert.deepEqual((await lookTwice(gateway, bob)).map(summary), [2, 3]);
  engine.delivers = true;
  await publish("4");
  assert.deepEqual(await told(), [4]);
});

test("what is held back while the engine is slow is bounded; the rest is read again, or told as lost (WP-RECOVER-3)", async () => {
  const { engine, publish, told, gateway } = await room();
  await publish("1");
  engine.delivers = false;
  await publish("2");
  engine.delivers = true;
  const answering = Promise.withResolvers<void>();
  engine.pause = answering.promise;
  const many = maxHeldItems + 20;
  const tea = channelAddress(gateway.core.contract, "lobby", { roomId: "tea" });
  for (let count = 1; count <= many; count += 1) await publishTo(gateway.core, tea, { data: { text: `${count}` } });
  assert.deepEqual(await told(), [1], "nothing goes out before what is missing");
  answering.resolve();
  const received = await told();
  const offsets = received.filter((each) => typeof each === "number");
  assert.equal(offsets.at(-1), many + 2);
  assert.deepEqual(
    offsets,
    offsets.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(offsets).size, offsets.length);
  const [, lostUntil] = (received.find((each) => Array.isArray(each)) as [string, number] | undefined) ?? ["", 1];
  assert.equal(offsets.length, many + 2 - lostUntil, "whatever was not told as lost has come");
});

test("an item that is late is no loss: one look at a difference delivers nothing", async () => {
  const { engine, gateway, bob, publish, told } = await room();
  engine.delivers = false;
  await publish("1");
  gateway.clock.pass(7_500);
  assert.deepEqual(await told(), []);
  engine.delivers = true;
  await publish("2");
  assert.deepEqual(await told(), [1, 2]);
  assert.deepEqual(await lookTwice(gateway, bob), []);
});

test("what the history no longer has is told as position-lost, and what it has is delivered behind it (WP-RECOVER-3)", async () => {
  const { engine, publish, told } = await room();
  engine.delivers = false;
  await publish("1", "2", "3", "4", "5", "6");
  engine.delivers = true;
  await publish("7");
  // The lobby of the tests keeps five.
  assert.deepEqual(await told(), [["position-lost", 2], 3, 4, 5, 6, 7]);
});

test("a channel without history tells the loss at once, and the message that showed it is delivered", async () => {
  const { engine, publish, told } = await room("plain");
  await publish("1");
  engine.delivers = false;
  await publish("2", "3");
  engine.delivers = true;
  await publish("4");
  assert.deepEqual(await told(), [1, ["position-lost", 3], 4]);
});

test("a new stream under live members is told with its position, from its first message on (WP-RECOVER-3)", async () => {
  const { engine, gateway, bob, publish } = await room();
  await publish("1", "2");
  await bob.drain();
  await engine.lose();
  await publish("new 1");
  const [notice, message] = await bob.drain();
  const { position } = await gateway.core.cluster.broker.history('lobby {"roomId":"tea"}', { limit: 1 });
  assert.deepEqual(notice, { type: "notice", code: "position-lost", channel: 1, stream: position.stream, offset: 0 });
  assert.deepEqual(message?.type === "message" && [message.offset, message.data], [1, { text: "new 1" }]);
});

test("a new stream in which nothing is published is found and told once", async () => {
  const { engine, gateway, bob, publish } = await room();
  await publish("1");
  await bob.drain();
  await engine.lose();
  assert.deepEqual((await lookTwice(gateway, bob)).map(summary), [["position-lost", 0]]);
  assert.deepEqual(await lookTwice(gateway, bob), []);
});

test("an engine that does not answer costs nothing but the history: the loss is told and delivery goes on", async () => {
  const { engine, gateway, publish, told } = await room();
  engine.delivers = false;
  await publish("1");
  engine.delivers = true;
  engine.answers = false;
  await publish("2");
  assert.deepEqual(await told(), [["position-lost", 1], 2]);
  assert.ok(gateway.events.some((event) => event.event === "failure" && event.where === "channels"));
});

test("an engine that fell back behind what was delivered is told, and its next messages are not taken for old ones", async () => {
  const { engine, gateway, bob, number, told } = await room();
  const { stream } = await engine.position('lobby {"roomId":"tea"}');
  bob.send({ type: "publish", id: 3, channel: number, data: { text: "1" } });
  await bob.next("published");
  engine.position = async () => ({ stream, offset: 0 });
  engine.history = async () => ({ items: [], position: { stream, offset: 0 }, complete: false });
  await bob.drain();
  assert.deepEqual((await lookTwice(gateway, bob)).map(summary), [["position-lost", 0]]);
  assert.deepEqual(await told(), []);
});

test("looking is bounded: a look asks the engine about 128 channels, in turn, and nobody's when nobody has joined", async () => {
  const engine = new LossyEngine();
  const asked: string[] = [];
  const position = engine.position.bind(engine);
  engine.position = (channel) => {
    asked.push(channel);
    return position(channel);
  };
  const limits = { maxJoins: 200, joinBurst: 200, messageBurst: 300, messageBurstPerDevice: 300 };
  const gateway = new GatewayOnPaper({ cluster: engine, limits });
  const alice = await gateway.connect("alice");
  assert.equal(gateway.clock.timers > 0, true);
  gateway.clock.pass(20_000);
  assert.deepEqual(asked, []);
  for (let index = 0; index < 200; index += 1) {
    alice.send({ type: "join", id: 2, channel: "plain", params: { roomId: `r${index}` } });
    await alice.next("joined");
  }
  for (let looks = 1; asked.length < 256; looks += 1) {
    const before = asked.length;
    gateway.clock.pass(2_500);
    assert.ok(asked.length - before <= 128 && looks < 20);
  }
  assert.equal(new Set(asked).size, 200, "every channel had its turn");
});

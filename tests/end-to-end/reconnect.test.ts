import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { Cable } from "./fixtures/cable.ts";
import { connectDemo, phase, take } from "./fixtures/demo-client.ts";
import { DemoService } from "./fixtures/demo-service.ts";

/** The demo contract keeps this many messages of a channel. */
const keptMessages = 100;
/** Comes back at once: no jitter, so that a test waits for nothing but events. */
const atOnce = { random: () => 0 };

describe("a client that loses its connection", { timeout: 30_000 }, () => {
  test("rejoins and receives what was sent meanwhile, each message once and in order", async () => {
    await using service = await DemoService.start();
    await using cable = await Cable.to(service.port);
    await using client = await connectDemo(through(cable, service), {
      ...atOnce,
      token: await service.tokens.token("alice"),
    });
    const lobby = await client.join("lobby", { roomId: "tea" });
    const gaps = count(lobby, "gap");
    const reader = lobby.messages[Symbol.asyncIterator]();
    await service.gateway.publish("lobby", { roomId: "tea" }, { text: "before" });
    assert.deepEqual((await take(1, reader))[0]?.data, { text: "before" });

    cable.pullOut();
    await phase(client, "waiting");
    for (const text of ["one", "two", "three"]) await service.gateway.publish("lobby", { roomId: "tea" }, { text });
    cable.plugIn();
    await phase(client, "connected");
    const missed = await take(3, reader);
    await service.gateway.publish("lobby", { roomId: "tea" }, { text: "after" });
    const [last] = await take(1, reader);

    assert.deepEqual(
      missed.map(({ data }) => data.text),
      ["one", "two", "three"],
    );
    assert.deepEqual(last?.data, { text: "after" });
    assert.ok([...missed, last].every((message) => message?.afterGap === false));
    assert.equal(lobby.recovered, true);
    assert.equal(gaps(), 0);
  });

  test("is told of a gap when more was sent meanwhile than is kept", async () => {
    await using service = await DemoService.start();
    await using cable = await Cable.to(service.port);
    await using client = await connectDemo(through(cable, service), {
      ...atOnce,
      token: await service.tokens.token("alice"),
    });
    const lobby = await client.join("lobby", { roomId: "tea" });
    const reader = lobby.messages[Symbol.asyncIterator]();
    const gap = once(lobby, "gap");

    cable.pullOut();
    await phase(client, "waiting");
    for (let sent = 0; sent <= keptMessages; sent += 1) {
      await service.gateway.publish("lobby", { roomId: "tea" }, { text: `message ${sent}` });
    }
    cable.plugIn();
    await gap;
    await phase(client, "connected");
    await service.gateway.publish("lobby", { roomId: "tea" }, { text: "after" });

    assert.equal(lobby.recovered, false);
    const [next] = await take(1, reader);
    assert.equal(next?.afterGap, true, "the first message that arrives says that some before it are lost");
  });

  test("is told of a gap after the gateway restarted without its history", async () => {
    const first = await DemoService.start();
    const { authority, tokens, port } = first;
    await using client = await connectDemo(first, { ...atOnce, token: await tokens.token("alice") });
    const lobby = await client.join("lobby", { roomId: "tea" });
    const reader = lobby.messages[Symbol.asyncIterator]();
    await first.gateway.publish("lobby", { roomId: "tea" }, { text: "before" });
    await take(1, reader);
    const gap = once(lobby, "gap");

    await first[Symbol.asyncDispose]();
    await phase(client, "waiting");
    await using second = await DemoService.start({ port, authority, tokens });
    await gap;
    await second.gateway.publish("lobby", { roomId: "tea" }, { text: "after" });

    const [next] = await take(1, reader);
    assert.deepEqual(next?.data, { text: "after" });
    assert.equal(next?.afterGap, true);
  });

  test("publishes what was on its way when the connection broke, and what was written while there was none, once", async () => {
    await using service = await DemoService.start();
    await using cable = await Cable.to(service.port);
    const token = await service.tokens.token("alice");
    await using client = await connectDemo(through(cable, service), { ...atOnce, token });
    await using witness = await connectDemo(service, { token: await service.tokens.token("bob") });
    const lobby = await client.join("lobby", { roomId: "tea" });
    const reader = (await witness.join("lobby", { roomId: "tea" })).messages[Symbol.asyncIterator]();

    const under = lobby.publish({ text: "on its way" });
    cable.pullOut();
    await phase(client, "waiting");
    const without = lobby.publish({ text: "without a connection" });
    cable.plugIn();
    await Promise.all([under, without]);
    await lobby.publish({ text: "again" }, { key: "k1" });
    assert.equal((await lobby.publish({ text: "again" }, { key: "k1" })).duplicate, true);

    const texts = (await take(3, reader)).map(({ data }) => data.text);
    assert.deepEqual(texts.toSorted(), ["again", "on its way", "without a connection"]);
  });

  test("does not come back once it was told not to reconnect", async () => {
    await using service = await DemoService.start();
    await using cable = await Cable.to(service.port);
    const token = await service.tokens.token("alice");
    await using client = await connectDemo(through(cable, service), { ...atOnce, token, reconnect: false });
    cable.pullOut();
    const { reason } = await phase(client, "closed");
    assert.equal(reason.code, "connection-lost");
    assert.equal(cable.connections, 1);
  });
});

function through(cable: Cable, { ca }: DemoService) {
  return { socket: `wss://localhost:${cable.port}/ws`, ca };
}

/** Counts the events of a kind from now on. */
function count(target: EventTarget, event: string): () => number {
  let events = 0;
  target.addEventListener(event, () => {
    events += 1;
  });
  return () => events;
}

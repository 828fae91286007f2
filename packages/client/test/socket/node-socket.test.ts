import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { cborCodec } from "@wardwire/wire/cbor";
import { jsonCodec } from "@wardwire/wire/json";
import type { WebSocket } from "ws";
import { connect, createClient } from "../../src/connect.ts";
import { nodeSocket } from "../../src/socket/node-socket.ts";
import { FakeGateway, type Refusal } from "../support/fake-gateway.ts";
import { readSome } from "../support/read.ts";

async function listen(t: TestContext, refuse?: () => Refusal | undefined, codec = jsonCodec) {
  const gateway = new FakeGateway({ codec, ...(refuse === undefined ? {} : { refuse }) });
  return { gateway, url: `ws://127.0.0.1:${await gateway.listen(t)}/ws` };
}

for (const codec of [jsonCodec, cborCodec]) {
  test(`a session of two clients over real sockets, in ${codec.encoding}`, async (t) => {
    const { gateway, url } = await listen(t, undefined, codec);
    const options = { token: () => "secret", encoding: codec.encoding };
    const alice = await connect(url, options);
    const room = await alice.join("room", { roomId: "tea" }, { own: true });
    const other = await connect(url, { ...options, device: "laptop" });
    const otherRoom = await other.join("room", { roomId: "tea" });
    assert.deepEqual(await room.publish({ text: "hellö" }), { offset: 1, duplicate: false });
    const [message] = await readSome(room.messages, 1);
    assert.deepEqual(message?.data, { text: "hellö" });
    assert.deepEqual(otherRoom.params, { roomId: "tea" });
    assert.deepEqual(await alice.call("echo", { deep: [1, null, true] }), { deep: [1, null, true] });
    for (const request of gateway.requests) {
      assert.equal(request.headers.authorization, "Bearer secret");
      assert.equal(request.headers.origin, undefined);
      assert.equal(request.headers["sec-websocket-extensions"], undefined);
      assert.ok(!request.url?.includes("secret"));
    }
    assert.ok(gateway.received.every((frame) => frame.type !== "connect" || frame.token === undefined));
    await Promise.all([alice.close(), other.close()]);
  });
}

test("a socket that dies is replaced, and the channel joined again, by the real clock", async (t) => {
  const { gateway, url } = await listen(t);
  const client = await connect(url, { token: "secret", random: () => 0 });
  t.after(() => client.close());
  const room = await client.join("room", {}, { own: true });
  const connectedAgain = new Promise<void>((resolve) => {
    client.addEventListener("state", ({ detail }) => detail.phase === "connected" && resolve());
  });
  for (const socket of gateway.sockets) socket.terminate();
  await connectedAgain;
  const rejoined = client.join("other", {});
  await rejoined;
  assert.equal((await room.publish({ text: "back" })).offset, 1);
  assert.equal(gateway.requests.length, 2);
});

test("sends an Origin when told to", async (t) => {
  const { gateway, url } = await listen(t);
  const client = await connect(url, { token: "secret", socket: nodeSocket({ origin: "https://chat.example" }) });
  await client.close();
  assert.equal(gateway.requests[0]?.headers.origin, "https://chat.example");
});

for (const [status, code] of [
  [401, "token-refused"],
  [403, "handshake-refused"],
  [404, "handshake-refused"],
] as const) {
  test(`an upgrade answered with ${status} ends a client with a plain token after one attempt (R60)`, async (t) => {
    const { gateway, url } = await listen(t, () => ({ status }));
    await assert.rejects(connect(url, { token: "secret" }), { code, httpStatus: status });
    assert.equal(gateway.requests.length, 1);
  });
}

test("401 makes Node fetch one fresh token, and the fresh one is taken (R60)", async (t) => {
  let refusals = 0;
  const { gateway, url } = await listen(t, () => {
    refusals += 1;
    return refusals === 1 ? { status: 401 } : undefined;
  });
  let tokens = 0;
  const token = (): string => {
    tokens += 1;
    return `t${tokens}`;
  };
  const client = await connect(url, { token });
  await client.close();
  assert.deepEqual(
    gateway.requests.map(({ headers }) => headers.authorization),
    ["Bearer t1", "Bearer t2"],
  );
});

test("no redirect is followed (R57)", async (t) => {
  const target = await listen(t);
  const headers = { location: target.url };
  const { url } = await listen(t, () => ({ status: 307, headers }));
  await assert.rejects(connect(url, { token: "secret" }), { code: "handshake-refused", httpStatus: 307 });
  assert.equal(target.gateway.requests.length, 0);
});

for (const [header, atLeast, atMost] of [
  ["7", 7_000, 7_500],
  [new Date(Date.now() + 60_000).toUTCString(), 50_000, 60_500],
  ["soon", 100, 500],
] as const) {
  test(`503 with Retry-After: ${header === "7" || header === "soon" ? header : "a date"} is waited out (R60)`, async (t) => {
    const { url } = await listen(t, () => ({ status: 503, headers: { "retry-after": header } }));
    const client = createClient(url, { token: "secret" });
    t.after(() => client.close());
    const waiting = await new Promise<number>((resolve) => {
      client.addEventListener("state", ({ detail }) => detail.phase === "waiting" && resolve(detail.retryInMs));
    });
    assert.ok(waiting >= atLeast && waiting <= atMost, `${waiting} ms`);
  });
}

test("a port nobody listens on is unreachable, and the reason says so", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  const connecting = connect(`ws://127.0.0.1:${port}/ws`, { token: "secret", reconnect: false });
  await assert.rejects(connecting, { code: "unreachable", message: /ECONNREFUSED/ });
});

for (const [name, fault] of [
  ["a message larger than the limit", (socket: WebSocket) => socket.send("x".repeat(2_000))],
  ["a message of too many fragments", sendFragments],
  ["a masked frame", (socket: WebSocket) => socket.send("x", { mask: true })],
] as const) {
  test(`a gateway that sends ${name} has broken the protocol, and the client ends (R58)`, async (t) => {
    const { gateway, url } = await listen(t);
    const client = await connect(url, { token: "secret", limits: { maxMessageBytes: 1_000 } });
    t.after(() => client.close());
    const ended = new Promise<string>((resolve) => {
      client.addEventListener("state", ({ detail }) => detail.phase === "closed" && resolve(detail.reason.code));
    });
    for (const socket of gateway.sockets) fault(socket);
    assert.equal(await ended, "protocol-violation");
    assert.equal(gateway.requests.length, 1);
  });
}

function sendFragments(socket: WebSocket): void {
  for (let fragment = 0; fragment < 2_000; fragment += 1) socket.send("", { fin: false });
}

test("a server that never answers the handshake is given up (R58)", async (t) => {
  const server = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const limits = { connectTimeoutMs: 50 };
  const connecting = connect(`ws://127.0.0.1:${port}/ws`, { token: "secret", reconnect: false, limits });
  await assert.rejects(connecting, (error: { code?: string }) =>
    ["connect-timeout", "unreachable"].includes(error.code ?? ""),
  );
});

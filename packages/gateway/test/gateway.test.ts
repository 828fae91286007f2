import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { defineContract } from "@wardwire/contract";
import { WebSocket } from "ws";
import { z } from "zod";
import { allow, createGateway, deny, type GatewayOptions } from "../src/gateway.ts";
import { contract } from "./gateway-on-paper.ts";

const options: GatewayOptions<typeof contract> = {
  contract,
  allowedOrigins: ["https://chat.example"],
  authenticate: (credential) =>
    credential.kind === "token"
      ? { ok: true, identity: { userId: credential.token, expiresAt: Date.now() + 60_000, claims: {} } }
      : { ok: false, code: "token-invalid", detail: "no token" },
  authorize: () => allow(),
  commands: { rename: ({ input }) => ({ title: input.title }) },
  observe: () => {},
};

/** Frames of one real socket, in order. */
async function connect(
  port: number,
  user: string,
): Promise<{ ws: WebSocket; next(): Promise<Record<string, unknown>> }> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: { authorization: `Bearer ${user}` } });
  const frames: Record<string, unknown>[] = [];
  let wake = (): void => {};
  ws.on("message", (data) => {
    frames.push(
      ...String(data)
        .split("\n")
        .map((line) => JSON.parse(line)),
    );
    wake();
  });
  await once(ws, "open");
  const next = async (): Promise<Record<string, unknown>> => {
    for (;;) {
      const frame = frames.shift();
      if (frame !== undefined) return frame;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  ws.send('{"type":"connect","id":1}');
  assert.equal((await next())["type"], "connected");
  return { ws, next };
}

test("a decision left out does not compile, and does not run either", () => {
  const { allowedOrigins, authenticate, authorize, commands, ...rest } = options;
  const refused = { name: "GatewayError", code: "invalid-options" };
  // @ts-expect-error allowedOrigins is missing
  assert.throws(() => createGateway({ ...rest, authenticate, authorize, commands }), refused);
  // @ts-expect-error authenticate is missing
  assert.throws(() => createGateway({ ...rest, allowedOrigins, authorize, commands }), refused);
  // @ts-expect-error authorize is missing
  assert.throws(() => createGateway({ ...rest, allowedOrigins, authenticate, commands }), refused);
  // @ts-expect-error commands is missing though the contract has one
  assert.throws(() => createGateway({ ...rest, allowedOrigins, authenticate, authorize }), refused);
  // @ts-expect-error the handler of rename is missing
  assert.throws(() => createGateway({ ...options, commands: {} }), refused);
  // @ts-expect-error the contract has no such command
  assert.throws(() => createGateway({ ...options, commands: { ...commands, remove: () => ({}) } }), refused);
  // @ts-expect-error contract is missing
  assert.throws(() => createGateway({ allowedOrigins, authenticate, authorize, commands }), refused);
  assert.ok(createGateway(options));
});

test("authorize and handlers are typed by the contract", () => {
  createGateway({
    ...options,
    authorize: ({ operation, channel, command }) => {
      if (operation === "call") return command.input.title === "" ? deny("empty") : allow();
      // @ts-expect-error no channel has such a parameter
      void channel.params.nothing;
      return channel.name === "lobby" && channel.params.roomId === "tea" ? allow() : deny("elsewhere");
    },
    // @ts-expect-error the output has to fit the contract
    commands: { rename: () => ({ title: 7 }) },
  });
});

test("a contract without commands needs no handlers", () => {
  const { commands: _none, ...rest } = options;
  const quiet = defineContract({
    channels: { hall: { params: z.object({}), message: z.string(), protection: "transport", publish: "members" } },
  });
  assert.ok(createGateway({ ...rest, contract: quiet, authorize: () => allow() }));
});

for (const protection of ["sealed", "end-to-end"] as const) {
  test(`a contract that asks for ${protection} is refused at start, never served as something weaker`, () => {
    const { commands: _none, ...rest } = options;
    const secret = defineContract({
      channels: { vault: { params: z.object({}), message: z.string(), protection, publish: "members" } },
    });
    const create = () => createGateway({ ...rest, contract: secret, authorize: () => allow() });
    assert.throws(create, { code: "unsupported-protection", message: /channel vault.*serves transport/ });
  });
}

const badOptions = [
  [{ allowedOrigins: ["*"] }, /allowedOrigins\[0\]/],
  [{ allowedOrigins: ["null"] }, /allowedOrigins\[0\]/],
  [{ path: "ws" }, /path: expected a path such as \/ws/],
  [{ path: "/ws?x" }, /path/],
  [{ limits: { maxJoins: 0 } }, /limits\.maxJoins: expected a whole number above 0, got 0/],
  [{ limits: { maxJoin: 1 } }, /limits\.maxJoin: there is no such limit/],
  [{ trustedProxies: ["everyone"] }, /trustedProxies/],
] as const;
for (const [change, message] of badOptions) {
  test(`refuses ${JSON.stringify(change)} at start, and says what is expected`, () => {
    const create = () => createGateway({ ...options, ...(change as Partial<typeof options>) });
    assert.throws(create, { code: "invalid-options", message });
  });
}

test("without TLS it listens on loopback, or behind trusted proxies, and nowhere else (R1)", async () => {
  const listen = (changes: Partial<typeof options>, host?: string) =>
    createGateway({ ...options, ...changes }).dangerouslyListenWithoutTls({ port: 0, ...(host && { host }) });
  await assert.rejects(listen({}), { code: "invalid-options", message: /loopback/ });
  await assert.rejects(listen({}, "0.0.0.0"), { code: "invalid-options" });
  await using _local = await listen({}, "localhost");
  await using _proxied = await listen({ trustedProxies: ["192.0.2.0/24"] });
});

test("publish reaches members without `from`, also where members may not publish; notify reaches every device", async () => {
  const gateway = createGateway(options);
  await using running = await gateway.dangerouslyListenWithoutTls({ port: 0, host: "127.0.0.1" });
  const { port } = running.addresses[0] as { port: number };
  const [first, second] = [await connect(port, "alice"), await connect(port, "alice")];
  first.ws.send('{"type":"join","id":2,"channel":"news","params":{}}');
  const { channel } = await first.next();
  const published = await gateway.publish("news", {}, { text: "welcome" }, { key: "w1" });
  assert.deepEqual([published.offset, published.duplicate], [1, false]);
  const message = await first.next();
  assert.deepEqual([message["channel"], message["from"], message["data"]], [channel, undefined, { text: "welcome" }]);
  const again = await gateway.publish("news", {}, { text: "welcome" }, { key: "w1" });
  assert.deepEqual(again, { ...published, duplicate: true });
  assert.equal(await gateway.notify("alice", { text: "mentioned" }), 2);
  assert.equal(await gateway.notify("nobody", { text: "mentioned" }), 0);
  for (const socket of [first, second]) {
    const notification = await socket.next();
    assert.deepEqual([notification["type"], notification["data"]], ["notification", { text: "mentioned" }]);
  }
  await assert.rejects(gateway.publish("news", {}, { text: "" }), { code: "invalid-data" });
  await assert.rejects(gateway.publish("news", {}, { text: "t" }, { key: "a b" }), { code: "invalid-data" });
  await assert.rejects(gateway.notify("alice", { text: 7 } as never), { code: "invalid-data" });
  await assert.rejects(gateway.presence("news", {}), { code: "not-supported" });
  assert.deepEqual(await gateway.presence("lobby", { roomId: "tea" }), []);
  assert.equal(await gateway.presenceCount("lobby", { roomId: "tea" }), 0);
  await assert.rejects(gateway.presenceCount("news", {}), { code: "not-supported" });
});

test("close tells clients that it goes, closes them with 1001, frees the port, and can be called twice", async () => {
  const gateway = createGateway(options);
  const running = await gateway.dangerouslyListenWithoutTls({ port: 0, host: "127.0.0.1" });
  const { port } = running.addresses[0] as { port: number };
  const { ws, next } = await connect(port, "alice");
  const closed = once(ws, "close");
  await Promise.all([gateway.close(), running.close()]);
  assert.deepEqual(await next(), { type: "notice", code: "draining" });
  assert.equal((await closed)[0], 1001);
  await running.closed;
  await assert.rejects(gateway.dangerouslyListenWithoutTls({ port, host: "127.0.0.1" }), { code: "closed" });
  await using _again = await createGateway(options).dangerouslyListenWithoutTls({ port, host: "127.0.0.1" });
});

test("handleUpgrade serves an existing server, which keeps its own pages", async () => {
  const gateway = createGateway(options);
  const server = createServer((_request, response) => response.end("a page"));
  server.on("upgrade", gateway.handleUpgrade);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const { ws, next } = await connect(port, "alice");
  ws.send('{"type":"join","id":2,"channel":"plain","params":{"roomId":"tea"}}');
  assert.equal((await next())["type"], "joined");
  const [response] = await once(request({ port, agent: false }).end(), "response");
  assert.equal(response.statusCode, 200);
  response.resume();
  await gateway.close();
  server.close();
});

test("an observer that throws takes nothing with it", async () => {
  const observe = (): never => {
    throw new Error("the log is full");
  };
  await using running = await createGateway({ ...options, observe }).dangerouslyListenWithoutTls({
    port: 0,
    host: "127.0.0.1",
  });
  const { port } = running.addresses[0] as { port: number };
  const { ws } = await connect(port, "alice");
  ws.close();
  await once(ws, "close");
});

test("history() gives the application a channel's messages, both ways, and says where a gap is", async () => {
  await using gateway = withDispose(createGateway(options));
  const tea = { roomId: "tea" };
  const history = gateway.history.bind(gateway, "lobby", tea);
  // The lobby of the tests keeps five.
  for (const text of ["1", "2", "3", "4", "5", "6"]) await gateway.publish("lobby", tea, { text });
  const { messages, position, complete } = await history({ limit: 2 });
  assert.deepEqual(
    messages.map(({ offset, data, from }) => [offset, data.text, from]),
    [
      [2, "2", undefined],
      [3, "3", undefined],
    ],
  );
  assert.deepEqual([position.offset, complete], [6, true]);
  const { stream } = position;
  const offsets = async (query: Parameters<typeof history>[0]): Promise<unknown[]> => {
    const page = await history(query);
    return [page.complete, ...page.messages.map(({ offset }) => offset)];
  };
  assert.deepEqual(await offsets({ limit: 2, reverse: true }), [true, 6, 5]);
  assert.deepEqual(await offsets({ limit: 200, since: { stream, offset: 4 } }), [true, 5, 6]);
  assert.deepEqual(await offsets({ limit: 1, since: { stream, offset: 0 } }), [false, 2]);
  for (const since of [
    { stream: "s_other", offset: 1 },
    { stream, offset: 7 },
    { stream, offset: -1 },
    { stream, offset: Number.MAX_SAFE_INTEGER },
    { stream, offset: 1e300 },
  ]) {
    assert.deepEqual(await offsets({ limit: 5, since }), [false], `${since.stream} ${since.offset}`);
  }
  for (const limit of [0, 201, 1.5, Number.NaN]) await assert.rejects(history({ limit }), { code: "invalid-data" });
  await assert.rejects(gateway.history("news", {}, { limit: 1 }), { code: "not-supported" });
});

function withDispose<G extends { close(): Promise<void> }>(gateway: G): G & AsyncDisposable {
  return Object.assign(gateway, { [Symbol.asyncDispose]: () => gateway.close() });
}

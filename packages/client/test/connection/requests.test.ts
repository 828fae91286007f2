import assert from "node:assert/strict";
import { test } from "node:test";
import { chat } from "../support/chat-contract.ts";
import { readSome } from "../support/read.ts";
import { inPhase, startClient } from "../support/start-client.ts";
import { settle } from "../support/virtual-clock.ts";

const input = { roomId: "tea", title: "Tea" };

test("call() sends the input and gives the output", async (t) => {
  const { client, sockets } = await startClient<typeof chat>(t, { contract: chat });
  const calling = client.call("renameRoom", input);
  const { id, ...fields } = sockets.latest.last("call");
  assert.deepEqual(fields, { type: "call", command: "renameRoom", input });
  sockets.latest.give({ type: "result", id, output: { title: "Tea" } });
  assert.deepEqual(await calling, { title: "Tea" });
});

test("call() checks the input before sending and the output after", async (t) => {
  const { client, sockets } = await startClient<typeof chat>(t, { contract: chat });
  // @ts-expect-error title is a string
  await assert.rejects(client.call("renameRoom", { roomId: "tea", title: 7 }), { code: "invalid-data" });
  // @ts-expect-error there is no such command
  await assert.rejects(client.call("explode", {}), { code: "unknown-command" });
  assert.ok(!sockets.latest.sent.some(({ type }) => type === "call"));
  const calling = client.call("renameRoom", input);
  sockets.latest.give({ type: "result", id: sockets.latest.last("call").id, output: { title: 7 } });
  await assert.rejects(calling, { code: "invalid-data", path: ["title"] });
});

test("each reply goes to its own request, in any order", async (t) => {
  const { client, sockets } = await startClient(t);
  const first = client.call("a", 1);
  const firstId = sockets.latest.last("call").id;
  const second = client.call("b", 2);
  const secondId = sockets.latest.last("call").id;
  assert.notEqual(firstId, secondId);
  sockets.latest.give(
    { type: "result", id: secondId, output: "two" },
    { type: "error", id: firstId, code: "rate-limited", message: "slow", retryAfterMs: 50, path: ["x", 1] },
  );
  assert.equal(await second, "two");
  await assert.rejects(first, { code: "rate-limited", origin: "gateway", retryAfterMs: 50, path: ["x", 1] });
});

test("call() stops waiting when its signal is aborted; a late reply is no offence", async (t) => {
  const { client, sockets } = await startClient(t);
  const abort = new AbortController();
  const calling = client.call("a", 1, { signal: abort.signal });
  abort.abort(new Error("enough"));
  await assert.rejects(calling, /enough/);
  sockets.latest.give({ type: "result", id: sockets.latest.last("call").id, output: 1 });
  await settle();
  inPhase(client, "connected");
  const sent = sockets.latest.sent.length;
  await assert.rejects(client.call("a", 1, { signal: abort.signal }), /enough/);
  assert.equal(sockets.latest.sent.length, sent, "an aborted signal sends nothing");
});

test("call() that is not answered in 30 s says that the outcome is unknown", async (t) => {
  const { client, clock } = await startClient(t);
  const calling = assert.rejects(client.call("a", 1), { code: "timeout" });
  await clock.advance(30_000);
  await calling;
});

test("call() without a connection is refused and not sent; cut off, its outcome is unknown", async (t) => {
  const { client, sockets, clock } = await startClient(t);
  const cutOff = assert.rejects(client.call("a", 1), { code: "disconnected" });
  await sockets.latest.end();
  await cutOff;
  await assert.rejects(client.call("a", 1), { code: "not-connected" });
  await clock.advance(250);
  await sockets.latest.accept("c_2");
  assert.ok(!sockets.latest.sent.some(({ type }) => type === "call"));
});

test("requests that wait for a reply are bounded (R60)", async (t) => {
  const { client } = await startClient(t, { limits: { maxPending: 2 } });
  void client.call("a", 1).catch(() => undefined);
  void client.call("a", 1).catch(() => undefined);
  await assert.rejects(client.call("a", 1), { code: "too-many-pending" });
});

test("joins that wait for a connection are bounded (R60)", async (t) => {
  const { client } = await startClient(t, { limits: { maxPending: 1 } }, { connected: false });
  void client.join("a", 1).catch(() => undefined);
  await assert.rejects(client.join("b", 1), { code: "too-many-pending" });
});

test("bytes that wait to be sent are bounded (R60)", async (t) => {
  const { client, sockets } = await startClient(t);
  sockets.latest.bufferedAmount = 1_048_577;
  await assert.rejects(client.call("a", 1), { code: "send-buffer-full" });
  assert.ok(!sockets.latest.sent.some(({ type }) => type === "call"));
});

test("a request larger than the gateway takes is refused here, where it does not cost the connection", async (t) => {
  const { client, sockets } = await startClient(t);
  await assert.rejects(client.call("a", "é".repeat(32_768)), { code: "too-large" });
  inPhase(client, "connected");
  void client.call("a", "e".repeat(65_000)).catch(() => undefined);
  assert.equal(sockets.latest.last("call").command, "a");
});

for (const [name, message] of [
  ["no JSON", "nonsense"],
  ["no frame", "[]"],
  ["a message without data", '{"type":"message","channel":7}'],
  ["a reply to nothing", '{"type":"result","id":99,"output":1}'],
  ["a second connected", '{"type":"published","id":1,"offset":1}'],
  ["nesting without end", `{"type":"notification","at":1,"data":${"[".repeat(100)}${"]".repeat(100)}}`],
  ["4 MiB and more", `{"type":"notice","code":"x","filler":"${"x".repeat(4_194_304)}"}`],
] as const) {
  test(`a gateway that sends ${name} has broken the protocol, and the client ends (R58)`, async (t) => {
    const { client, sockets, clock } = await startClient(t);
    sockets.latest.observer.onMessage(message);
    await settle();
    assert.equal(inPhase(client, "closed").reason.code, "protocol-violation");
    assert.equal(sockets.latest.closedWith, 4400);
    await clock.advance(60_000);
    assert.equal(sockets.all.length, 1);
  });
}

test("a reply of the wrong kind has broken the protocol (R58)", async (t) => {
  const { client, sockets } = await startClient(t);
  const calling = assert.rejects(client.call("a", 1), { code: "disconnected" });
  sockets.latest.give({ type: "published", id: sockets.latest.last("call").id, offset: 1 });
  await calling;
  assert.equal(inPhase(client, "closed").reason.code, "protocol-violation");
});

test("a subprotocol that was not offered has broken the protocol (R58)", async (t) => {
  for (const chosen of ["", "wardwire.v1.cbor"]) {
    const { client, sockets } = await startClient(t, {}, { connected: false });
    sockets.latest.observer.onOpen(chosen);
    assert.equal(inPhase(client, "closed").reason.code, "protocol-violation");
    assert.equal(sockets.latest.sent.length, 0, "and was not given the token");
  }
});

test("a frame of a type it does not know is left alone", async (t) => {
  const { client, sockets } = await startClient(t);
  sockets.latest.observer.onMessage('{"type":"weather","id":1}');
  inPhase(client, "connected");
});

test("notifications come as events and to a reader, checked by the contract", async (t) => {
  const { client, sockets } = await startClient<typeof chat>(t, { contract: chat });
  const heard: string[] = [];
  const errors: string[] = [];
  client.addEventListener("notification", ({ detail }) => heard.push(detail.data.text));
  client.addEventListener("error", ({ detail }) => errors.push(detail.message));
  sockets.latest.give(
    { type: "notification", at: 5, data: { text: "hello" } },
    { type: "notification", at: 6, data: { text: null } },
    { type: "notification", at: 7, data: { text: "again" } },
  );
  assert.deepEqual(heard, ["hello", "again"]);
  assert.equal(errors.length, 1);
  assert.deepEqual(await readSome(client.notifications, 2), [
    { at: 5, data: { text: "hello" } },
    { at: 7, data: { text: "again" } },
  ]);
});

test("notices come as events", async (t) => {
  const { client, sockets } = await startClient(t);
  const heard: unknown[] = [];
  client.addEventListener("notice", ({ detail }) => heard.push(detail));
  sockets.latest.give({ type: "notice", code: "draining", retryAfterMs: 5 });
  assert.deepEqual(heard, [{ type: "notice", code: "draining", retryAfterMs: 5 }]);
});

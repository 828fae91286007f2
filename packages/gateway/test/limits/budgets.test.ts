import assert from "node:assert/strict";
import { test } from "node:test";
import type { GatewayEvent } from "../../src/observe/events.ts";
import type { GatewayLimits } from "../../src/options.ts";
import { GatewayOnPaper, type PaperSocket } from "../gateway-on-paper.ts";

type Limited = Extract<GatewayEvent, { event: "rate-limited" }>;

const limited = (gateway: GatewayOnPaper): Limited[] =>
  gateway.events.filter((event): event is Limited => event.event === "rate-limited");

async function join(socket: PaperSocket, roomId: string, channel = "plain"): Promise<number> {
  socket.send({ type: "join", id: 2, channel, params: { roomId } });
  return (await socket.next("joined")).channel;
}

test("handshakes of one address beyond its budget are answered 429 with Retry-After, no credential looked at (R29)", async () => {
  const limits = { handshakesPerSecondPerIp: 1, handshakeBurstPerIp: 2 };
  let asked = 0;
  const gateway = new GatewayOnPaper({
    limits,
    authenticate: () => {
      asked += 1;
      return { ok: false, code: "token-expired", detail: "" };
    },
  });
  const credential = { authorization: "Bearer alice" };
  for (let i = 0; i < 2; i += 1) await gateway.upgrade(credential);
  const third = await gateway.upgrade(credential);
  assert.ok(!third.accepted);
  assert.deepEqual([third.status, third.headers["Retry-After"], asked], [429, "1", 2]);
  assert.deepEqual(limited(gateway), [{ event: "rate-limited", budget: "handshakes", address: "192.0.2.7" }]);
  assert.ok((await gateway.upgrade({}, "/ws", "192.0.2.8")).accepted, "another address has its own");
  gateway.clock.pass(1_000);
  assert.ok((await gateway.upgrade()).accepted);
});

test("a refused origin costs a handshake too, and an IPv6 /64 is one address (R29)", async () => {
  const gateway = new GatewayOnPaper({ limits: { handshakesPerSecondPerIp: 1, handshakeBurstPerIp: 1 } });
  await gateway.upgrade({ origin: "https://evil.example" }, "/ws", "2001:db8::1");
  const next = await gateway.upgrade({}, "/ws", "2001:db8::ffff:2");
  assert.equal(!next.accepted && next.status, 429);
  assert.ok((await gateway.upgrade({}, "/ws", "2001:db8:0:1::1")).accepted);
});

const fewFailures = { failedAuthenticationsPerMinutePerIp: 6, failedAuthenticationBurstPerIp: 2 };

test("an address that failed too often is refused 429 until it is refilled; a success resets nothing (R29)", async () => {
  const gateway = new GatewayOnPaper({ limits: fewFailures });
  const status = async (token: string): Promise<number> => {
    const answer = await gateway.upgrade({ authorization: `Bearer ${token}` });
    return answer.accepted ? 101 : answer.status;
  };
  assert.deepEqual([await status("bad"), await status("alice"), await status("bad")], [401, 101, 401]);
  assert.equal(await status("alice"), 429, "even with a good one");
  const answer = await gateway.upgrade();
  assert.equal(!answer.accepted && answer.headers["Retry-After"], "10");
  gateway.clock.pass(10_000);
  assert.equal(await status("alice"), 101);
});

test("an open socket's credential is not looked at either, once its address failed too often (R29)", async () => {
  const gateway = new GatewayOnPaper({ limits: fewFailures });
  const sockets = [await gateway.open(), await gateway.open(), await gateway.open()];
  const codes: number[] = [];
  for (const socket of sockets) {
    socket.send({ type: "connect", id: 1, token: socket === sockets[2] ? "alice" : "bad" });
    codes.push((await socket.closed()).code);
  }
  assert.deepEqual(codes, [4402, 4402, 1013]);
});

test("an Authorization that is no bearer token counts as a failure, an expired token does not (R29)", async () => {
  const gateway = new GatewayOnPaper({ limits: fewFailures });
  for (let i = 0; i < 5; i += 1) await gateway.upgrade({ authorization: "Bearer old" });
  for (let i = 0; i < 2; i += 1) await gateway.upgrade({ authorization: "Basic YQ==" });
  const last = await gateway.upgrade();
  assert.equal(!last.accepted && last.status, 429);
});

test("a token shown on another device is refused with 4402, told of, and counts as a failure (R45)", async () => {
  const gateway = new GatewayOnPaper({ limits: fewFailures });
  const sockets = [await gateway.open(), await gateway.open(), await gateway.open()];
  const codes: number[] = [];
  for (const [index, device] of ["laptop", "tablet", "phone"].entries()) {
    sockets[index]?.send({ type: "connect", id: 1, token: "alice/phone", device });
    codes.push((await sockets[index]?.closed())?.code ?? 0);
  }
  assert.deepEqual(codes, [4402, 4402, 1013], "and then not even the right one is looked at");
  const failures = gateway.events.filter(({ event }) => event === "authentication-failed");
  assert.partialDeepStrictEqual(failures, [{ code: "token-invalid", address: "192.0.2.7" }, { code: "token-invalid" }]);
});

test("a stranger who names a user in bad tokens locks that user out nowhere else (R45)", async () => {
  const gateway = new GatewayOnPaper({ limits: fewFailures });
  for (let i = 0; i < 5; i += 1) await gateway.upgrade({ authorization: "Bearer bad" }, "/ws", "198.51.100.1");
  const stranger = await gateway.upgrade({ authorization: "Bearer alice" }, "/ws", "198.51.100.1");
  assert.equal(!stranger.accepted && stranger.status, 429);
  assert.ok((await gateway.upgrade({ authorization: "Bearer alice" })).accepted);
});

test("messages of one user are counted over all of their connections (R29)", async () => {
  const gateway = new GatewayOnPaper({ limits: { messagesPerSecondPerUser: 1, messageBurstPerUser: 3 } });
  const [phone, laptop] = [await gateway.connect("alice/phone"), await gateway.connect("alice/laptop")];
  const bob = await gateway.connect("bob");
  phone.send({ type: "pong" }, { type: "pong" });
  laptop.send({ type: "pong" }, { type: "call", id: 7, command: "rename", input: { title: "Tea" } });
  const refused = await laptop.next("error");
  assert.deepEqual([refused.id, refused.code, refused.retryAfterMs], [7, "rate-limited", 1_000]);
  const [event] = limited(gateway);
  assert.deepEqual([event?.budget, event?.user], ["user-frames", "alice"]);
  bob.send({ type: "call", id: 7, command: "rename", input: { title: "Tea" } });
  assert.equal((await bob.next("result")).id, 7, "another user has their own");
});

test("bytes are counted by connection and by user (R29)", async () => {
  const text = "x".repeat(1_000);
  const perConnection = { maxMessageBytes: 2_000, bytesPerSecond: 1_000, byteBurst: 2_000 };
  const gateway = new GatewayOnPaper({
    limits: { ...perConnection, bytesPerSecondPerUser: 1_000, byteBurstPerUser: 2_600 },
  });
  const [phone, laptop] = [await gateway.connect("alice/phone"), await gateway.connect("alice/laptop")];
  const publish = (channel: number): Record<string, unknown> => ({ type: "publish", id: 3, channel, data: { text } });
  const channel = await join(phone, "tea");
  await join(laptop, "tea");
  phone.send(publish(channel));
  await phone.next("published");
  phone.send(publish(channel));
  assert.ok(((await phone.next("error")).retryAfterMs ?? 0) > 0);
  laptop.send(publish(channel));
  await laptop.next("published");
  laptop.send({ ...publish(channel), id: 4, data: { text: "x".repeat(600) } });
  assert.equal((await laptop.next("error")).id, 4);
  assert.deepEqual(
    limited(gateway).map(({ budget }) => budget),
    ["bytes", "user-bytes"],
  );
});

test("messages of one device are counted over its connections, those of another device apart (R29)", async () => {
  const gateway = new GatewayOnPaper({ limits: { messagesPerSecondPerDevice: 1, messageBurstPerDevice: 2 } });
  const [tab, window] = [await gateway.connect("alice/phone"), await gateway.connect("alice/phone")];
  const laptop = await gateway.connect("alice/laptop");
  const bobs = await gateway.connect("bob/phone");
  const rename = { type: "call", id: 7, command: "rename", input: { title: "Tea" } };
  tab.send({ type: "pong" }, { type: "pong" });
  window.send(rename);
  assert.deepEqual((await window.next("error")).retryAfterMs, 1_000);
  assert.partialDeepStrictEqual(limited(gateway), [{ budget: "device-frames", user: "alice" }]);
  for (const other of [laptop, bobs]) {
    other.send(rename);
    assert.equal((await other.next("result")).id, 7);
  }
});

test("messages of one address are counted over all users, before they have authenticated too (R29)", async () => {
  const gateway = new GatewayOnPaper({ limits: { messagesPerSecondPerIp: 1, messageBurstPerIp: 3 } });
  const [alice, bob] = [await gateway.connect("alice"), await gateway.connect("bob")];
  bob.send({ type: "pong" });
  alice.send({ type: "call", id: 7, command: "rename", input: { title: "Tea" } });
  assert.equal((await alice.next("error")).code, "rate-limited");
  const stranger = await gateway.open();
  stranger.send({ type: "connect", id: 1, token: "carol" });
  assert.equal((await stranger.closed()).code, 4429);
  assert.deepEqual(
    limited(gateway).map(({ budget, user }) => [budget, user]),
    [
      ["address-frames", "alice"],
      ["address-frames", undefined],
    ],
  );
});

test("bytes are counted by address and by device as well (R29)", async () => {
  const text = "x".repeat(1_000);
  for (const budget of ["address-bytes", "device-bytes"] as const) {
    const small = budget === "address-bytes" ? { byteBurstPerIp: 2_500 } : { byteBurstPerDevice: 2_500 };
    const gateway = new GatewayOnPaper({ limits: { maxMessageBytes: 2_000, ...small } });
    const alice = await gateway.connect("alice/phone");
    const channel = await join(alice, "tea");
    for (const id of [3, 4]) {
      alice.send({ type: "publish", id, channel, data: { text } });
      await alice.next("published");
    }
    alice.send({ type: "publish", id: 5, channel, data: { text } });
    assert.equal((await alice.next("error")).id, 5);
    assert.deepEqual(
      limited(gateway).map((event) => event.budget),
      [budget],
    );
  }
});

test("a message over the byte budget is one error, however many frames are in it (R29)", async () => {
  const limits = { maxMessageBytes: 8_000, byteBurst: 8_000, bytesPerSecond: 1, errorBudget: 2 };
  const gateway = new GatewayOnPaper({ limits });
  const alice = await gateway.connect("alice");
  const padding = "x".repeat(50);
  const frames = Array.from({ length: 60 }, (_, index) => ({ type: "leave", id: index + 10, channel: 1, padding }));
  alice.send({ type: "pong", padding: "x".repeat(7_500) });
  for (const closedWith of [undefined, undefined, 4429]) {
    alice.send(...frames);
    const errors = (await alice.drain()).filter((frame) => frame.type === "error" && frame.code === "rate-limited");
    assert.equal(alice.closeCode(), closedWith);
    if (closedWith === undefined) assert.equal(errors.length, 60, "each request is answered all the same");
  }
});

test("joins and calls have budgets of their own (R29)", async () => {
  const limits = { joinsPerSecond: 1, joinBurst: 1, callsPerSecond: 2, callBurst: 1 };
  const gateway = new GatewayOnPaper({ limits });
  const alice = await gateway.connect("alice");
  await join(alice, "tea");
  alice.send({ type: "join", id: 3, channel: "plain", params: { roomId: "cake" } });
  assert.deepEqual((await alice.next("error")).retryAfterMs, 1_000);
  alice.send({ type: "call", id: 4, command: "rename", input: { title: "Tea" } });
  await alice.next("result");
  alice.send({ type: "call", id: 5, command: "rename", input: { title: "Tea" } });
  assert.deepEqual((await alice.next("error")).retryAfterMs, 500);
  gateway.clock.pass(1_000);
  await join(alice, "cake");
});

/** What reaches another member in the turn in which one sends 95 messages of 60,000 bytes. */
async function burst(limits: Partial<GatewayLimits>): Promise<number> {
  const gateway = new GatewayOnPaper({ limits });
  const [mallory, bob] = [await gateway.connect("mallory"), await gateway.connect("bob")];
  const channel = await join(mallory, "tea", "bulk");
  await join(bob, "tea", "bulk");
  const before = bob.messages.length;
  const text = "x".repeat(60_000);
  for (let sent = 0; sent < 95; sent += 1) mallory.send({ type: "publish", channel, data: { text } });
  await bob.drain();
  return bob.messages.slice(before).reduce((sum, message) => sum + message.byteLength, 0);
}

test("one member cannot get the others closed: a burst of the largest messages ends at byteBurst (R29, R31)", async () => {
  const bytes = await burst({});
  assert.ok(bytes > 0 && bytes < 600_000, `${bytes} bytes`);
});

test("negative control: without the byte budgets the same burst is more than maxOutboundBytes", async () => {
  const most = 100_000_000;
  const bytes = await burst({
    byteBurst: most,
    byteBurstPerDevice: most,
    byteBurstPerUser: most,
    byteBurstPerIp: most,
  });
  assert.ok(bytes > 4_194_304, `${bytes} bytes`);
});

test("a browser tab that sends 20 frames a second meets no budget", async () => {
  const gateway = new GatewayOnPaper();
  const alice = await gateway.connect("alice");
  const channel = await join(alice, "tea");
  for (let second = 0; second < 120; second += 1) {
    for (let frame = 0; frame < 20; frame += 1) {
      alice.send({ type: "publish", channel, data: { text: "x".repeat(2_000) } });
      gateway.clock.pass(50);
      if (second % 10 === 0 && frame === 0) await alice.drain();
    }
    if (second % 40 === 39) {
      alice.send({ type: "renew", id: 9, token: "alice" });
      await alice.next("renewed");
    }
  }
  assert.deepEqual(limited(gateway), []);
  assert.equal(alice.closedWith, undefined);
});

test("a dry run reports what is over a new budget and lets it through; frames of one connection stay limited", async () => {
  const limits = {
    handshakesPerSecondPerIp: 1,
    handshakeBurstPerIp: 1,
    joinsPerSecond: 1,
    joinBurst: 1,
    messageBurst: 4,
  };
  const gateway = new GatewayOnPaper({ limits, dryRun: true });
  await gateway.connect("alice");
  const bob = await gateway.connect("bob");
  await join(bob, "tea");
  await join(bob, "cake");
  assert.deepEqual(
    limited(gateway).map(({ budget, dryRun }) => [budget, dryRun]),
    [
      ["handshakes", true],
      ["joins", true],
    ],
  );
  bob.send({ type: "pong" }, { type: "pong" });
  assert.equal((await bob.next("error")).code, "rate-limited");
});

test("a burst below the largest message is refused at start: that message could never be sent", () => {
  for (const limits of [{ byteBurst: 1_000 }, { byteBurstPerUser: 1_000 }, { maxMessageBytes: 1_048_576 }]) {
    assert.throws(() => new GatewayOnPaper({ limits }), { code: "invalid-options" });
  }
});

test("over all clients together, the one with the most unsent bytes is closed with 1013 (R31)", async () => {
  const gateway = new GatewayOnPaper({ limits: { maxOutboundBytesTotal: 100_000 } });
  const [alice, bob] = [await gateway.connect("alice"), await gateway.connect("bob")];
  alice.bufferedBytes = 30_000;
  bob.bufferedBytes = 80_000;
  const channel = await join(alice, "tea");
  await join(bob, "tea");
  alice.send({ type: "publish", channel, data: { text: "hello" } });
  await alice.drain();
  assert.deepEqual([alice.closeCode(), bob.closeCode()], [undefined, 1013]);
});

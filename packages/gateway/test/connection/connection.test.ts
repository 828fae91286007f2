import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuthenticateResult } from "../../src/auth/identity.ts";
import { GatewayOnPaper } from "../gateway-on-paper.ts";

const join = { type: "join", id: 2, channel: "lobby", params: { roomId: "tea" } } as const;

test("connect answers with who one is, until when, and the limits", async () => {
  const gateway = new GatewayOnPaper();
  const socket = await gateway.open();
  socket.send({ type: "connect", id: 9, token: "alice", device: "phone" });
  const connected = await socket.next("connected");
  assert.equal(connected.id, 9);
  assert.match(connected.connection, /^c_[\w-]{16}$/);
  assert.deepEqual([connected.user, connected.device, connected.heartbeatMs], ["alice", "phone", 25_000]);
  assert.equal(connected.expiresAt, gateway.clock.now() + 60_000);
  assert.deepEqual(connected.limits, { maxMessageBytes: 65_536, maxFrames: 64, maxJoins: 128, messagesPerSecond: 20 });
});

test("the credential of the handshake stands in for a token in connect", async () => {
  const socket = await new GatewayOnPaper().open({ origin: undefined, authorization: "Bearer alice/phone" });
  socket.send({ type: "connect", id: 1 });
  const { user, device } = await socket.next("connected");
  assert.deepEqual([user, device], ["alice", "phone"]);
});

test("closes 4400 when a credential comes both in the handshake and in connect", async () => {
  const socket = await new GatewayOnPaper().open({ authorization: "Bearer alice" });
  socket.send({ type: "connect", id: 1, token: "alice" });
  assert.equal((await socket.closed()).code, 4400);
});

const refusedTokens = [
  ["bad", 4402, "token-invalid"],
  ["old", 4401, "token-expired"],
] as const;
for (const [token, code, error] of refusedTokens) {
  test(`answers ${error} and closes ${code} for a token that is refused`, async () => {
    const socket = await new GatewayOnPaper().open();
    socket.send({ type: "connect", id: 1, token });
    const answer = await socket.next("error");
    assert.deepEqual([answer.id, answer.code], [1, error]);
    assert.equal((await socket.closed()).code, code);
  });
}

test("closes 4402 for connect without any credential, and for a ticket nobody can check", async () => {
  for (const credential of [{}, { ticket: "t" }]) {
    const socket = await new GatewayOnPaper().open();
    socket.send({ type: "connect", id: 1, ...credential });
    assert.equal((await socket.closed()).code, 4402);
  }
});

test("closes 4402 for a device other than the token's, and takes the same one", async () => {
  const gateway = new GatewayOnPaper();
  const other = await gateway.open();
  other.send({ type: "connect", id: 1, token: "alice/phone", device: "laptop" });
  assert.equal((await other.closed()).code, 4402);
  const same = await gateway.open();
  same.send({ type: "connect", id: 1, token: "alice/phone", device: "phone" });
  assert.equal((await same.next("connected")).device, "phone");
});

test("closes 4400 for any frame before connect, also one that is malformed", async () => {
  for (const frame of [join, { type: "pong" }, { type: "nothing", id: 1 }, { type: "join", id: 0 }]) {
    const socket = await new GatewayOnPaper().open();
    socket.send(frame);
    assert.equal((await socket.closed()).code, 4400, JSON.stringify(frame));
  }
});

test("closes 4400 for a second connect", async () => {
  const socket = await new GatewayOnPaper().connect("alice");
  socket.send({ type: "connect", id: 2, token: "alice" });
  assert.equal((await socket.closed()).code, 4400);
});

test("frames behind connect in the same message are handled after it", async () => {
  const socket = await new GatewayOnPaper().open();
  socket.send({ type: "connect", id: 1, token: "alice" }, join);
  assert.equal((await socket.next("joined")).name, "lobby");
});

test("frames behind a connect that is refused have no effect", async () => {
  const gateway = new GatewayOnPaper();
  const socket = await gateway.open();
  socket.send({ type: "connect", id: 1, token: "bad" }, join);
  assert.equal((await socket.closed()).code, 4402);
  assert.deepEqual(
    (await socket.drain()).map(({ type }) => type),
    ["error"],
  );
  assert.equal(gateway.core.channels.size, 0);
});

test("closes 4408 when connect has not come within 5 s (R18)", async () => {
  const gateway = new GatewayOnPaper();
  const socket = await gateway.open();
  gateway.clock.pass(4_999);
  assert.equal(socket.closeCode(), undefined);
  gateway.clock.pass(1);
  assert.equal(socket.closeCode(), 4408);
});

test("closes 4401 at the instant the token expires, with notice ahead (R39)", async () => {
  const gateway = new GatewayOnPaper();
  const socket = await gateway.connect("alice");
  for (let second = 0; second < 4; second += 1) {
    gateway.clock.pass(12_000);
    socket.send({ type: "pong" });
  }
  const notice = await socket.next("notice");
  assert.deepEqual([notice.code, notice["expiresAt"]], ["token-expiring", gateway.clock.now() + 12_000]);
  gateway.clock.pass(11_999);
  assert.equal(socket.closeCode(), undefined);
  gateway.clock.pass(1);
  assert.equal(socket.closeCode(), 4401);
});

test("a step of the wall clock expires nobody (R39)", async () => {
  const gateway = new GatewayOnPaper();
  const socket = await gateway.connect("alice");
  gateway.clock.wallStepMs = 2 * 86_400_000;
  gateway.clock.pass(20_000);
  assert.equal(socket.closeCode(), undefined);
});

test("renew puts a newer token of the same user in force, without reconnecting (R39)", async () => {
  const gateway = new GatewayOnPaper();
  const socket = await gateway.connect("alice/phone");
  gateway.clock.pass(20_000);
  socket.send({ type: "renew", id: 2, token: "alice/phone" });
  assert.equal((await socket.next("renewed")).expiresAt, gateway.clock.now() + 60_000);
  gateway.clock.pass(20_000);
  socket.send({ type: "pong" });
  gateway.clock.pass(20_000);
  assert.equal(socket.closeCode(), undefined, "the first token has expired, the second is in force");
});

test("renew refuses a token of another user, of another device and a bad one; the old one goes on (R39)", async () => {
  const socket = await new GatewayOnPaper().connect("alice/phone");
  for (const [index, token] of ["bob", "alice/laptop", "bad"].entries()) {
    socket.send({ type: "renew", id: 2 + index, token });
    const answer = await socket.next("error");
    assert.deepEqual([answer.id, answer.code], [2 + index, "token-invalid"]);
  }
  assert.equal(socket.closeCode(), undefined);
});

test("renewed grants are asked from the next operation on (R39)", async () => {
  const socket = await new GatewayOnPaper().connect("alice//*=join");
  socket.send(join);
  const { channel } = await socket.next("joined");
  socket.send({ type: "publish", id: 3, channel, data: { text: "hi" } });
  assert.equal((await socket.next("error")).code, "forbidden");
  socket.send({ type: "renew", id: 4, token: "alice//*=join,publish" });
  await socket.next("renewed");
  socket.send({ type: "publish", id: 5, channel, data: { text: "hi" } });
  assert.equal((await socket.next("published")).id, 5);
});

test("pings after a heartbeat of silence and closes 4409 after another (R32)", async () => {
  const gateway = new GatewayOnPaper();
  const socket = await gateway.connect("alice");
  gateway.clock.pass(25_000);
  await socket.next("ping");
  gateway.clock.pass(24_999);
  assert.equal(socket.closeCode(), undefined);
  gateway.clock.pass(1);
  assert.equal(socket.closeCode(), 4409);
});

test("any frame answers a ping, and no ping is sent to a connection that speaks (R32)", async () => {
  const gateway = new GatewayOnPaper();
  const socket = await gateway.connect("alice");
  gateway.clock.pass(25_000);
  await socket.next("ping");
  gateway.clock.pass(10_000);
  socket.send({ type: "pong" });
  gateway.clock.pass(20_000);
  const pings = (await socket.drain()).filter(({ type }) => type === "ping");
  assert.equal(pings.length, 0, "20 s after the pong there is no reason to ping");
  gateway.clock.pass(4_999);
  assert.equal(socket.closeCode(), undefined);
});

test("answers too many frames with rate-limited and closes 4429 when they go on (R29)", async () => {
  const limits = { messagesPerSecond: 2, messageBurst: 3, errorBudget: 2 };
  const gateway = new GatewayOnPaper({ limits });
  const socket = await gateway.connect("alice");
  socket.send({ type: "pong" }, { type: "pong" }, { type: "presence", id: 7, channel: 1 });
  const limited = await socket.next("error");
  assert.deepEqual([limited.id, limited.code, limited.retryAfterMs], [7, "rate-limited", 500]);
  gateway.clock.pass(500);
  socket.send({ type: "pong" });
  assert.equal(socket.closeCode(), undefined, "a frame at the rate is let through");
  socket.send({ type: "pong" }, { type: "pong" }, { type: "pong" });
  assert.equal((await socket.closed()).code, 4429);
});

test("pays errors from a budget, forgives one a second and closes 4413 when it is spent", async () => {
  const gateway = new GatewayOnPaper({ limits: { errorBudget: 2 } });
  const socket = await gateway.connect("alice");
  const faulty = { type: "presence", id: 7, channel: 1 } as const;
  socket.send(faulty);
  await socket.next("error");
  socket.send(faulty);
  await socket.next("error");
  gateway.clock.pass(1_000);
  socket.send(faulty);
  await socket.next("error");
  assert.equal(socket.closeCode(), undefined);
  socket.send(faulty);
  assert.equal((await socket.closed()).code, 4413);
});

test("answers an unknown type and an ill-typed field with an error, and goes on", async () => {
  const socket = await new GatewayOnPaper().connect("alice");
  socket.send({ type: "dance", id: 5 }, { type: "leave", id: 6, channel: "1" });
  const [unknown, invalid] = await socket.drain();
  assert.ok(unknown?.type === "error" && invalid?.type === "error");
  assert.deepEqual([unknown.id, unknown.code], [5, "unknown-type"]);
  assert.deepEqual([invalid.id, invalid.code, invalid.path], [6, "invalid-frame", ["channel"]]);
});

test("refuses an id that is outstanding, under no id, so that the first one has one reply", async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<{ title: string }>();
  const gateway = new GatewayOnPaper({ commands: { rename: () => released } });
  const socket = await gateway.connect("alice");
  socket.send({ type: "call", id: 5, command: "rename", input: { title: "Tea" } });
  socket.send({ type: "presence", id: 5, channel: 1 });
  const refused = await socket.next("error");
  assert.deepEqual([refused.id, refused.code, refused.path], [undefined, "invalid-frame", ["id"]]);
  socket.send({ type: "dance", id: 5 });
  assert.equal((await socket.next("error")).id, undefined, "an ill-formed frame under that id is answered under none");
  release({ title: "Tea" });
  assert.equal((await socket.next("result")).id, 5);
  socket.send({ type: "call", id: 5, command: "rename", input: { title: "Tea" } });
  assert.equal((await socket.next("result")).id, 5, "an id is free again once it is answered");
});

const fatal = [
  ["not JSON", "{", 1007],
  ["no object", "[1]", 4400],
  ["no type", '{"id":1}', 4400],
  ["no frame", "\n", 4400],
  ["65 frames", '{"type":"pong"}\n'.repeat(65), 4400],
  ["33 deep", `{"type":"publish","channel":1,"data":${"[".repeat(32)}${"]".repeat(32)}}`, 4400],
] as const;
for (const [what, text, code] of fatal) {
  test(`closes ${code} for a message with ${what}`, async () => {
    const socket = await new GatewayOnPaper().connect("alice");
    socket.sendText(text);
    assert.equal((await socket.closed()).code, code);
  });
}

test("takes 64 frames, and 32 levels, in one message", async () => {
  const socket = await new GatewayOnPaper().connect("alice");
  socket.sendText('{"type":"pong"}\n'.repeat(64));
  socket.sendText(`{"type":"publish","id":3,"channel":1,"data":${"[".repeat(31)}${"]".repeat(31)}}`);
  assert.equal((await socket.next("error")).code, "not-joined");
});

test("closes 1003 for a binary message on a JSON connection", async () => {
  const socket = await new GatewayOnPaper().connect("alice");
  socket.events?.message(Buffer.from('{"type":"pong"}'), "binary");
  assert.equal((await socket.closed()).code, 1003);
});

test("holds at most so many connections of one user, over all devices (R30)", async () => {
  const gateway = new GatewayOnPaper({ limits: { maxConnectionsPerUser: 2 } });
  const first = await gateway.connect("alice/phone");
  await gateway.connect("alice/laptop");
  const third = await gateway.open();
  third.send({ type: "connect", id: 1, token: "alice/tablet" });
  assert.equal((await third.closed()).code, 4429);
  await gateway.connect("bob");
  first.close(1000, "");
  await gateway.connect("alice/tablet");
});

test("closes 1013 when a client reads too slowly (R31)", async () => {
  const gateway = new GatewayOnPaper({ limits: { maxOutboundBytes: 1_000 } });
  const socket = await gateway.connect("alice");
  socket.bufferedBytes = 1_000;
  socket.send({ type: "presence", id: 7, channel: 1 });
  await socket.next("error");
  assert.equal(socket.closeCode(), undefined);
  socket.bufferedBytes = 1_001;
  socket.send({ type: "presence", id: 8, channel: 1 });
  assert.equal((await socket.closed()).code, 1013);
});

test("stops reading from a client that sends faster than it is served, and goes on later (R31)", async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const gateway = new GatewayOnPaper({
    limits: { maxMessageBytes: 300, messagesPerSecond: 1_000 },
    authorize: () => released.then(() => ({ allowed: true })),
  });
  const socket = await gateway.connect("alice");
  const joins = (first: number): (typeof join)[] =>
    Array.from({ length: 3 }, (_, index) => ({ ...join, id: first + index, params: { roomId: "tea" } }) as never);
  socket.send(...joins(2));
  assert.equal(socket.paused, false);
  socket.send(...joins(5));
  assert.equal(socket.paused, true);
  release();
  await socket.next("joined");
  await socket.drain();
  assert.equal(socket.paused, false);
});

test("leaves neither timers nor places nor memberships behind when it closes", async () => {
  const gateway = new GatewayOnPaper();
  const socket = await gateway.connect("alice");
  socket.send(join);
  await socket.next("joined");
  assert.notEqual(gateway.clock.timers, 0);
  socket.close(1001, "");
  const { core, clock } = gateway;
  const left = [clock.timers, core.openPerIp.total, core.unauthenticatedPerIp.total, core.channels.size];
  assert.deepEqual(left, [0, 0, 0, 0]);
  assert.equal(core.connections.all.size + core.connections.ofUser("alice").size, 0);
  const ended = gateway.events.at(-1);
  assert.ok(ended?.event === "disconnected");
  assert.deepEqual([ended.user, ended.code, ended.by], ["alice", 1001, undefined]);
});

test("holds no more than one message of a stranger's frames while its credential is being checked (R18)", async () => {
  const { promise: verdict, resolve: decide } = Promise.withResolvers<void>();
  const gateway: GatewayOnPaper = new GatewayOnPaper({
    authenticate: async (credential) => {
      await verdict;
      return gateway.authenticate(credential);
    },
  });
  const socket = await gateway.open();
  socket.send({ type: "connect", id: 1, token: "alice" });
  const large = { ...join, filler: "x".repeat(60_000) };
  socket.send({ ...large, id: 2 });
  assert.equal(socket.paused, false);
  socket.send({ ...large, id: 3 });
  assert.equal(socket.paused, true);
  decide();
  await socket.next("joined");
  await socket.next("error");
  assert.equal(socket.paused, false);
});

test("closes 4429, after which a client comes back, for too many frames behind connect (R29)", async () => {
  const socket = await new GatewayOnPaper({ limits: { messageBurst: 2 } }).open();
  socket.send({ type: "connect", id: 1, token: "alice" }, join, { type: "pong" });
  assert.equal((await socket.closed()).code, 4429);
});

test("a frame that came during a stall of the event loop answers the ping, however late it is read (R32)", async () => {
  const gateway = new GatewayOnPaper({ authenticate: lasting });
  const socket = await gateway.connect("alice");
  gateway.clock.pass(25_000);
  await socket.next("ping");
  gateway.clock.stall(26_000, () => socket.send({ type: "pong" }));
  gateway.clock.pass(20_000);
  assert.equal(socket.closeCode(), undefined);
  gateway.clock.pass(5_000);
  gateway.clock.stall(26_000, () => {});
  assert.equal(socket.closeCode(), 4409, "silence is silence, stall or not");
});

function lasting(): AuthenticateResult {
  return { ok: true, identity: { userId: "alice", expiresAt: 2_000_000_000_000, claims: {} } };
}

test("bounds what one turn of requests can pile up for a client (R31)", async () => {
  const gateway = new GatewayOnPaper({ limits: { maxOutboundBytes: 10_000 } });
  const [alice, bob] = [await gateway.connect("alice"), await gateway.connect("bob")];
  alice.send(join);
  const { channel } = await alice.next("joined");
  for (let count = 0; count < 5; count += 1) {
    alice.send({ type: "publish", id: 3, channel, data: { text: "x".repeat(1_000) } });
    await alice.next("published");
  }
  bob.send(join, ...Array.from({ length: 40 }, (_, index) => ({ type: "history", id: 3 + index, channel, limit: 5 })));
  assert.equal((await bob.closed()).code, 1013);
  const bytes = bob.messages.reduce((sum, message) => sum + message.byteLength, 0);
  assert.ok(bytes < 20_000, `${bytes} bytes were queued`);
});

test("a join whose own reply is one too many leaves nothing behind (R31)", async () => {
  const gateway = new GatewayOnPaper({ limits: { maxOutboundBytes: 300 } });
  const socket = await gateway.open();
  socket.send({ type: "connect", id: 1, token: "a" }, join);
  await socket.closed();
  await socket.drain();
  assert.ok(socket.messages.some((message) => Buffer.from(message).includes('"joined"')));
  assert.equal(gateway.core.channels.size, 0);
  assert.deepEqual(await gateway.core.cluster.presence.list('lobby {"roomId":"tea"}'), []);
});

test("renewal ends the memberships that the new token no longer allows, and says so (R39)", async () => {
  const gateway = new GatewayOnPaper();
  const [alice, bob] = [await gateway.connect("alice//*=join"), await gateway.connect("bob")];
  alice.send(join, { ...join, id: 3, params: { roomId: "cake" } });
  const [tea, cake] = [await alice.next("joined"), await alice.next("joined")];
  bob.send(join);
  await bob.next("joined");
  alice.send({ type: "renew", id: 4, token: "alice//lobby:roomId=cake=join" });
  const left = await alice.next("left");
  assert.deepEqual([left.channel, left.code, left.id], [tea.channel, "forbidden", undefined]);
  await alice.next("renewed");
  bob.send({ type: "publish", id: 3, channel: tea.channel, data: { text: "secret" } });
  await bob.next("published");
  assert.deepEqual(await alice.drain(), []);
  alice.send({ type: "leave", id: 5, channel: cake.channel });
  assert.equal((await alice.next("left")).id, 5, "the other membership goes on");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { lossOfStatus } from "../../src/socket/handshake-loss.ts";
import { inPhase, startClient } from "../support/start-client.ts";
import { settle } from "../support/virtual-clock.ts";

/** A token function that counts: t1, t2, … */
function counting(): { token: () => string; readonly calls: () => number } {
  let calls = 0;
  return {
    token: () => {
      calls += 1;
      return `t${calls}`;
    },
    calls: () => calls,
  };
}

test("where no header can be sent, the token is in the connect frame and nowhere else", async (t) => {
  const { sockets } = await startClient(t, { token: "secret", device: "laptop" });
  assert.equal(sockets.latest.last("connect").token, "secret");
  assert.equal(sockets.latest.last("connect").device, "laptop");
  assert.equal(sockets.latest.request.authorization, undefined);
  assert.ok(!sockets.latest.request.url.includes("secret"));
});

test("where a header can be sent, the token is in the handshake and not in the connect frame", async (t) => {
  const { sockets } = await startClient(t, { token: "secret" }, { sendsAuthorization: true });
  assert.equal(sockets.latest.request.authorization, "Bearer secret");
  assert.equal(sockets.latest.last("connect").token, undefined);
});

for (const [name, token] of [
  ["empty", ""],
  ["with a line break", "a\r\nX-Evil: 1"],
  ["with a space", "a b"],
  ["not ASCII", "tökn"],
  ["longer than 8 KiB", "a".repeat(8_193)],
] as const) {
  test(`a token that is ${name} ends the client before a socket is opened (R37)`, async (t) => {
    const { client, sockets } = await startClient(t, { token }, { connected: false });
    assert.equal(inPhase(client, "closed").reason.code, "invalid-token");
    assert.equal(sockets.all.length, 0);
  });
}

test("a token of 8 KiB is taken", async (t) => {
  const { client } = await startClient(t, { token: "a".repeat(8_192) });
  inPhase(client, "connected");
});

test("a lost connection comes back with the token it had; the source is not asked again", async (t) => {
  const { token, calls } = counting();
  const { sockets, clock } = await startClient(t, { token });
  await sockets.latest.end();
  await clock.advance(250);
  await sockets.latest.accept();
  assert.equal(calls(), 1);
  assert.equal(sockets.latest.last("connect").token, "t1");
});

test("close 4401 fetches a token at once and comes back with it (R60)", async (t) => {
  const { token } = counting();
  const { client, sockets, clock } = await startClient(t, { token });
  await sockets.latest.end({ code: 4401 });
  assert.equal(sockets.all.length, 2);
  await sockets.latest.accept("c_2");
  assert.equal(sockets.latest.last("connect").token, "t2");
  inPhase(client, "connected");
  await sockets.latest.end({ code: 4401 });
  inPhase(client, "waiting");
  await clock.advance(2_000);
  await sockets.latest.accept("c_3");
  assert.equal(sockets.latest.last("connect").token, "t3");
});

test("ten minutes of 4401 are a bounded number of attempts and of token fetches (S13)", async (t) => {
  const { token, calls } = counting();
  const { sockets, clock } = await startClient(t, { token, random: () => 0.999 });
  sockets.onSocket = (socket) => void socket.end({ code: 4401 });
  await sockets.latest.end({ code: 4401 });
  await clock.advance(600_000);
  assert.ok(sockets.all.length < 45, `${sockets.all.length} attempts`);
  assert.ok(calls() < 45, `${calls()} fetches`);
});

test("a plain token that is refused ends the client: 4401, 4402 and HTTP 401 (R60)", async (t) => {
  for (const close of [{ code: 4401 }, { code: 4402 }, { loss: lossOfStatus(401) }]) {
    const { client, sockets, clock } = await startClient(t, { token: "static" }, { connected: false });
    sockets.latest.observer.onOpen("wardwire.v1.json");
    await sockets.latest.end(close);
    assert.equal(inPhase(client, "closed").reason.code, "token-refused");
    await clock.advance(60_000);
    assert.equal(sockets.all.length, 1);
  }
});

test("a plain token is tried again when only the time ran out (4408)", async (t) => {
  const { client, sockets } = await startClient(t, { token: "static" }, { connected: false });
  sockets.latest.observer.onOpen("wardwire.v1.json");
  await sockets.latest.end({ code: 4408 });
  inPhase(client, "waiting");
});

test("HTTP 401 is worth one fresh token, and then no more (R60)", async (t) => {
  const { token } = counting();
  const { client, sockets, clock } = await startClient(t, { token }, { connected: false, sendsAuthorization: true });
  await sockets.latest.end({ loss: lossOfStatus(401) });
  assert.equal(sockets.latest.request.authorization, "Bearer t2");
  await sockets.latest.end({ loss: lossOfStatus(401) });
  assert.equal(inPhase(client, "closed").reason.httpStatus, 401);
  await clock.advance(600_000);
  assert.equal(sockets.all.length, 2);
});

test("a refused token is never sent again, though token() gives it again (R60)", async (t) => {
  const { client, sockets } = await startClient(t, { token: () => "same" });
  await sockets.latest.end({ code: 4401 });
  assert.equal(inPhase(client, "closed").reason.code, "token-refused");
  assert.equal(sockets.all.length, 1);
});

test("the gateway's error says why in words, and its close code decides", async (t) => {
  const { client, sockets } = await startClient(t, {}, { connected: false });
  sockets.latest.observer.onOpen("wardwire.v1.json");
  sockets.latest.give({ type: "error", id: 1, code: "token-invalid", message: "audience: expected chat" });
  await settle();
  inPhase(client, "connecting");
  await sockets.latest.end({ code: 4402, reason: "token" });
  assert.match(inPhase(client, "closed").reason.message, /audience: expected chat/);
});

test("token() that fails before the first connection ends the client, with the cause", async (t) => {
  const cause = new Error("not signed in");
  const token = (): Promise<string> => Promise.reject(cause);
  const { client } = await startClient(t, { token }, { connected: false });
  const closed = inPhase(client, "closed");
  assert.equal(closed.reason.code, "token-unavailable");
  assert.equal(closed.reason.cause, cause);
});

test("token() that fails later is tried again with back-off", async (t) => {
  let fails = false;
  const token = (): string => {
    if (fails) throw new Error("the sign-in service is down");
    return `t${Math.random()}`;
  };
  const { client, sockets, clock } = await startClient(t, { token });
  fails = true;
  await sockets.latest.end({ code: 4401 });
  assert.equal(inPhase(client, "waiting").reason.code, "token-unavailable");
  fails = false;
  await clock.advance(5_000);
  await sockets.latest.accept("c_2");
  inPhase(client, "connected");
});

test("token() that never answers is given up after 30 s, and told by its signal when the client closes", async (t) => {
  let given: AbortSignal | undefined;
  const token = ({ signal }: { signal: AbortSignal }): Promise<string> => {
    given = signal;
    return new Promise(() => undefined);
  };
  const late = await startClient(t, { token }, { connected: false });
  await late.clock.advance(30_000);
  assert.equal(inPhase(late.client, "closed").reason.code, "token-unavailable");
  const closed = await startClient(t, { token }, { connected: false });
  assert.equal(given?.aborted, false);
  await closed.client.close();
  assert.equal(given?.aborted, true);
});

test("renews in place before the token expires, and again before the next (R39)", async (t) => {
  const { token } = counting();
  const { client, sockets, clock } = await startClient(t, { token }, { connected: false });
  await sockets.latest.accept("c_1", { expiresAt: clock.now() + 900_000, heartbeatMs: 10_000_000 });
  await clock.advance(869_999);
  assert.ok(!sockets.latest.sent.some(({ type }) => type === "renew"));
  await clock.advance(1);
  const { id, token: renewed } = sockets.latest.last("renew");
  assert.equal(renewed, "t2");
  const expiresAt = clock.now() + 900_000;
  sockets.latest.give({ type: "renewed", id, expiresAt });
  await settle();
  assert.equal(inPhase(client, "connected").expiresAt, expiresAt);
  await clock.advance(870_000);
  assert.equal(sockets.latest.last("renew").token, "t3");
  assert.equal(sockets.all.length, 1);
});

test("renews when the gateway says the token is expiring; a refusal is left to 4401 (R39)", async (t) => {
  const { token, calls } = counting();
  const { client, sockets } = await startClient(t, { token });
  sockets.latest.give({ type: "notice", code: "token-expiring" }, { type: "notice", code: "token-expiring" });
  await settle();
  assert.equal(calls(), 2, "one renewal for two notices");
  const { id } = sockets.latest.last("renew");
  sockets.latest.give({ type: "error", id, code: "token-invalid", message: "no" });
  await settle();
  inPhase(client, "connected");
});

test("a clock days off causes no stream of renewals", async (t) => {
  const { token, calls } = counting();
  const { sockets, clock } = await startClient(t, { token }, { connected: false });
  await sockets.latest.accept("c_1", { expiresAt: clock.now() - 172_800_000, heartbeatMs: 10_000_000 });
  await clock.advance(3_600_000);
  assert.equal(calls(), 1);
});

test("a token good for a year sets no timer that would run at once", async (t) => {
  const { token, calls } = counting();
  const { sockets, clock } = await startClient(t, { token }, { connected: false });
  await sockets.latest.accept("c_1", { expiresAt: clock.now() + 31_536_000_000, heartbeatMs: 10_000_000 });
  await clock.advance(3_600_000);
  assert.equal(calls(), 1);
});

test("setToken() for the same user renews in place", async (t) => {
  const { client, sockets } = await startClient(t, { token: "old" });
  const set = client.setToken("new");
  await settle();
  const { id, token } = sockets.latest.last("renew");
  assert.equal(token, "new");
  sockets.latest.give({ type: "renewed", id, expiresAt: 4_100_000_000_000 });
  await set;
  assert.equal(sockets.all.length, 1);
  assert.equal(inPhase(client, "connected").expiresAt, 4_100_000_000_000);
});

for (const [how, refuse] of [
  ["an error", { type: "error", code: "token-invalid", message: "another user" }],
  ["close 4402", undefined],
] as const) {
  test(`setToken() for another user reconnects when the gateway answers with ${how}`, async (t) => {
    const { client, sockets } = await startClient(t, { token: "alice" });
    const set = client.setToken("bob");
    await settle();
    const [old] = sockets.all;
    assert.ok(old !== undefined);
    if (refuse === undefined) await old.end({ code: 4402 });
    else old.give({ ...refuse, id: old.last("renew").id });
    await settle();
    assert.equal(sockets.all.length, 2);
    await sockets.latest.accept("c_2", { user: "bob" });
    await set;
    assert.equal(sockets.latest.last("connect").token, "bob");
    assert.equal(inPhase(client, "connected").user, "bob");
  });
}

test("setToken() with a token the gateway refuses rejects and ends the client", async (t) => {
  const { client, sockets } = await startClient(t, { token: "alice" });
  const set = client.setToken("forged");
  const refused = assert.rejects(set, { code: "token-refused" });
  await settle();
  await sockets.latest.end({ code: 4402 });
  sockets.latest.observer.onOpen("wardwire.v1.json");
  await sockets.latest.end({ code: 4402 });
  await refused;
  inPhase(client, "closed");
});

test("setToken() while waiting connects at once with the new token", async (t) => {
  const { client, sockets } = await startClient(t, { token: "alice" });
  await sockets.latest.end();
  const set = client.setToken("bob");
  await settle();
  await sockets.latest.accept("c_2", { user: "bob" });
  await set;
  assert.equal(sockets.latest.last("connect").token, "bob");
});

test("logout() closes and forgets: whatever waits fails, whatever is joined ends, nothing works any more", async (t) => {
  const { client, sockets, clock } = await startClient(t);
  const call = client.call("rename", {});
  const join = client.join("room", {});
  const failed = [assert.rejects(call, { code: "disconnected" }), assert.rejects(join, { code: "logged-out" })];
  await client.logout();
  await Promise.all(failed);
  assert.equal(sockets.latest.closedWith, 1000);
  assert.equal(inPhase(client, "closed").reason.code, "logged-out");
  await assert.rejects(client.join("room", {}), { code: "logged-out" });
  await assert.rejects(client.call("rename", {}), { code: "logged-out" });
  await assert.rejects(client.setToken("t"), { code: "logged-out" });
  assert.equal(clock.pending, 0);
});

test("the words of the gateway's close are said once, with the code", async (t) => {
  const { client, sockets } = await startClient(t, { token: "static" });
  await sockets.latest.end({ code: 4401, reason: "the token has expired" });
  assert.equal(inPhase(client, "closed").reason.message, "the token has expired (4401)");
});

test("a close without words is told by its code", async (t) => {
  const { client, sockets } = await startClient(t, { token: "static" });
  await sockets.latest.end({ code: 4403 });
  assert.equal(inPhase(client, "closed").reason.message, "closed by the gateway (4403)");
});

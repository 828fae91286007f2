import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../src/connect.ts";
import { lossOfError, lossOfStatus } from "../src/socket/handshake-loss.ts";
import { FakeNetwork } from "./support/fake-network.ts";
import { FakeSockets } from "./support/fake-socket.ts";
import { inPhase, startClient } from "./support/start-client.ts";
import { settle, VirtualClock } from "./support/virtual-clock.ts";

test("an hour of refused connections is a few hundred attempts, not thousands (R60, S13)", async (t) => {
  const { sockets, clock } = await startClient(t, { random: Math.random }, { connected: false });
  sockets.onSocket = (socket) => socket.observer.onClose({ code: 1006, reason: "" });
  void sockets.latest.end();
  await clock.advance(2_000);
  assert.ok(sockets.all.length <= 12, `${sockets.all.length} attempts in the first 2 s`);
  await clock.advance(3_600_000 - 2_000);
  assert.ok(sockets.all.length > 200 && sockets.all.length < 600, `${sockets.all.length} attempts in an hour`);
});

test("no luck with the random numbers makes a loop: at most 10 attempts a second (R60, S13)", async (t) => {
  const { sockets, clock } = await startClient(t, { random: () => 0 }, { connected: false });
  sockets.onSocket = (socket) => socket.observer.onClose({ code: 1006, reason: "" });
  void sockets.latest.end();
  await clock.advance(10_000);
  assert.ok(sockets.all.length > 50 && sockets.all.length <= 101, `${sockets.all.length} attempts`);
});

test("a gateway that accepts and drops at once is no shortcut: failures are forgotten only after 10 s (R60)", async (t) => {
  const { sockets, clock } = await startClient(t, { random: () => 0.999 });
  sockets.onSocket = (socket) => {
    void socket.accept();
    void socket.end();
  };
  await sockets.latest.end();
  await clock.advance(600_000);
  assert.ok(sockets.all.length < 45, `${sockets.all.length} attempts in ten minutes`);
});

test("failures are forgotten after 10 s of stable connection (R60)", async (t) => {
  const { client, sockets, clock } = await startClient(t);
  for (let failure = 0; failure < 4; failure += 1) {
    await sockets.latest.end();
    await clock.advance(10_000);
  }
  await sockets.latest.accept();
  await clock.advance(9_999);
  await sockets.latest.end();
  assert.equal(inPhase(client, "waiting").attempt, 6);
  await clock.advance(8_000);
  await sockets.latest.accept();
  await clock.advance(10_000);
  await sockets.latest.end();
  assert.equal(inPhase(client, "waiting").attempt, 2);
});

test("tells each state with its data", async (t) => {
  const { client, sockets, clock } = await startClient(t, {}, { connected: false });
  const states: unknown[] = [client.state];
  client.addEventListener("state", ({ detail }) => states.push(detail));
  await sockets.latest.accept();
  await sockets.latest.end({ code: 1012, reason: "deploy" });
  const { state } = client;
  assert.ok(state.phase === "waiting");
  assert.equal(state.reason.code, "closed-by-gateway");
  assert.equal(state.reason.closeCode, 1012);
  assert.equal(state.retryInMs, 250);
  assert.equal(state.retryAt, clock.now() + 250);
  await clock.advance(250);
  await client.close();
  const [connecting, connected, waiting, again, closed] = states;
  assert.deepEqual(connecting, { phase: "connecting", attempt: 1 });
  const session = { connection: "c_1", user: "alice", device: "phone", expiresAt: 4_000_000_000_000 };
  assert.deepEqual(connected, { phase: "connected", ...session });
  assert.equal(waiting, state);
  assert.deepEqual(again, { phase: "connecting", attempt: 2 });
  assert.equal(inPhase(client, "closed").reason.code, "closed");
  assert.equal(closed, client.state);
});

for (const code of [1000, 1002, 1003, 1007, 1009, 4400, 4402, 4403, 4413]) {
  test(`does not come back after close code ${code} (WP-CLOSE-1)`, async (t) => {
    const { client, sockets, clock } = await startClient(t);
    await sockets.latest.end({ code });
    assert.equal(inPhase(client, "closed").reason.closeCode, code);
    await clock.advance(600_000);
    assert.equal(sockets.all.length, 1);
    assert.equal(clock.pending, 0);
  });
}

for (const code of [1001, 1005, 1006, 1011, 1012, 1013, 4409, 4429, 4470, 4999]) {
  test(`waits, then comes back after close code ${code} (WP-CLOSE-1)`, async (t) => {
    const { client, sockets, clock } = await startClient(t);
    await sockets.latest.end({ code });
    inPhase(client, "waiting");
    assert.equal(sockets.all.length, 1);
    await clock.advance(250);
    assert.equal(sockets.all.length, 2);
  });
}

test("HTTP 403 ends the client, 404 and a redirect too (R60)", async (t) => {
  for (const httpStatus of [400, 403, 404, 301, 426]) {
    const { client, sockets, clock } = await startClient(t, {}, { connected: false });
    await sockets.latest.end({ loss: lossOfStatus(httpStatus) });
    assert.equal(inPhase(client, "closed").reason.httpStatus, httpStatus);
    assert.equal(clock.pending, 0);
  }
});

test("HTTP 429 and 503 are waited out as Retry-After asks (R60)", async (t) => {
  for (const httpStatus of [429, 503]) {
    const { client, sockets } = await startClient(t, {}, { connected: false });
    await sockets.latest.end({ loss: lossOfStatus(httpStatus, 7_000) });
    assert.equal(inPhase(client, "waiting").retryInMs, 7_250);
  }
});

test("a draining notice says how long to stay away (R60)", async (t) => {
  const { client, sockets } = await startClient(t);
  sockets.latest.give({ type: "notice", code: "draining", retryAfterMs: 3_000 });
  await sockets.latest.end({ code: 1012 });
  assert.equal(inPhase(client, "waiting").retryInMs, 3_250);
});

test("with reconnect: false the first loss ends the client", async (t) => {
  const { client, sockets } = await startClient(t, { reconnect: false });
  await sockets.latest.end();
  assert.equal(inPhase(client, "closed").reason.code, "connection-lost");
});

test("a certificate that does not verify ends the client (R57)", async (t) => {
  const { client, sockets } = await startClient(t, {}, { connected: false });
  const selfSigned = Object.assign(new Error("self-signed certificate"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  await sockets.latest.end({ loss: lossOfError(selfSigned) ?? assert.fail() });
  const closed = inPhase(client, "closed");
  assert.equal(closed.reason.code, "certificate-refused");
  assert.match(closed.reason.message, /self-signed/);
});

test("a silence of twice the heartbeat is a loss; any message breaks it (WP-BEAT-2)", async (t) => {
  const { client, sockets, clock } = await startClient(t);
  await clock.advance(49_000);
  sockets.latest.give({ type: "ping" });
  assert.equal(sockets.latest.last("pong").type, "pong");
  await clock.advance(49_999);
  inPhase(client, "connected");
  await clock.advance(1);
  assert.equal(inPhase(client, "waiting").reason.code, "heartbeat-lost");
  assert.equal(sockets.latest.closedWith, 4409);
});

test("a gateway that never says connected is given up after 10 s (R58)", async (t) => {
  const { client, sockets, clock } = await startClient(t, {}, { connected: false });
  sockets.latest.observer.onOpen("wardwire.v1.json");
  await clock.advance(9_999);
  inPhase(client, "connecting");
  await clock.advance(1);
  assert.equal(inPhase(client, "waiting").reason.code, "connect-timeout");
});

test("a closing handshake that is not answered is cut off after 2 s", async (t) => {
  const { client, sockets, clock } = await startClient(t);
  sockets.latest.hangs = true;
  const closed = client.close();
  await clock.advance(1_999);
  assert.equal(sockets.latest.terminated, false);
  await clock.advance(1);
  assert.equal(sockets.latest.terminated, true);
  await closed;
});

test("offline, nothing is tried; online again, an attempt follows soon (R60)", async (t) => {
  const { client, sockets, clock, network } = await startClient(t);
  network.switch(false);
  inPhase(client, "offline");
  assert.equal(sockets.latest.closedWith, 1000);
  await clock.advance(3_600_000);
  assert.equal(sockets.all.length, 1);
  network.switch(true);
  await clock.advance(250);
  assert.equal(sockets.all.length, 2);
  await sockets.latest.accept("c_2");
  inPhase(client, "connected");
});

test("going offline again in time keeps the attempt from being made", async (t) => {
  const { client, sockets, clock, network } = await startClient(t, {}, { connected: false, online: false });
  inPhase(client, "offline");
  network.switch(true);
  network.switch(false);
  await clock.advance(60_000);
  assert.equal(sockets.all.length, 0);
});

test("a client that is waiting stops waiting when the network goes", async (t) => {
  const { client, sockets, clock, network } = await startClient(t);
  await sockets.latest.end();
  network.switch(false);
  inPhase(client, "offline");
  await clock.advance(60_000);
  assert.equal(sockets.all.length, 1);
});

test("a closed client holds no timer and watches no network", async (t) => {
  for (const phase of ["connected", "waiting", "connecting"] as const) {
    const { client, sockets, clock, network } = await startClient(t);
    if (phase !== "connected") await sockets.latest.end();
    if (phase === "connecting") await clock.advance(250);
    assert.equal(client.state.phase, phase);
    await client.close();
    await settle();
    assert.equal(clock.pending, 0, phase);
    assert.equal(network.watchers, 0, phase);
  }
});

test("a listener may close the client at the moment it is connected", async (t) => {
  const { client, sockets, clock } = await startClient(t, {}, { connected: false });
  client.addEventListener("state", ({ detail }) => {
    if (detail.phase === "connected") void client.close();
  });
  await sockets.latest.accept();
  inPhase(client, "closed");
  assert.equal(clock.pending, 0);
});

test("connect() gives up when its signal is aborted, and leaves nothing behind", async () => {
  const sockets = new FakeSockets();
  const clock = new VirtualClock();
  const abort = new AbortController();
  const options = { token: "t", socket: sockets, clock, network: new FakeNetwork(), signal: abort.signal };
  const connecting = connect("wss://chat.example/ws", options);
  await settle();
  abort.abort(new Error("enough"));
  await assert.rejects(connecting, /enough/);
  assert.equal(sockets.latest.closedWith, 1000);
  assert.equal(clock.pending, 0);
});

test("connect() rejects with the reason the client ended", async () => {
  const sockets = new FakeSockets();
  sockets.onSocket = (socket) => void socket.end({ loss: lossOfStatus(403) });
  const options = { token: "t", socket: sockets, clock: new VirtualClock(), network: new FakeNetwork() };
  await assert.rejects(connect("wss://chat.example/ws", options), { code: "handshake-refused", httpStatus: 403 });
});

test("connect() refuses a bad address before anything is opened", async () => {
  const sockets = new FakeSockets();
  const options = { token: "t", socket: sockets };
  await assert.rejects(connect("ws://chat.example/ws", options), { code: "insecure-url" });
  assert.equal(sockets.all.length, 0);
});

test("a socket factory that throws is a failed attempt like any other", async (t) => {
  const { client } = await startClient(
    t,
    {
      socket: {
        sendsAuthorization: false,
        open: () => {
          throw new Error("blocked by the page's policy");
        },
      },
    },
    { connected: false },
  );
  assert.equal(inPhase(client, "waiting").reason.code, "unreachable");
});

test("retry() makes the next attempt at once while one is waited for, and nothing in other phases", async (t) => {
  const { client, sockets, clock } = await startClient(t);
  client.retry();
  assert.equal(sockets.all.length, 1, "connected already");
  await sockets.latest.end();
  assert.equal(inPhase(client, "waiting").retryInMs, 250);
  client.retry();
  client.retry();
  await settle();
  assert.equal(inPhase(client, "connecting").attempt, 2);
  assert.equal(sockets.all.length, 2);
  await sockets.latest.accept("c_2");
  await clock.advance(5_000);
  assert.equal(sockets.all.length, 2, "the timer of the wait is gone");
  await client.close();
  client.retry();
  assert.equal(inPhase(client, "closed").reason.code, "closed");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { readSome } from "../support/read.ts";
import { startClient } from "../support/start-client.ts";
import { pins } from "./support/server-keys.ts";
import { canary, reaches, type SealedRig, startInRoom, startSealed, until } from "./support/start-sealed.ts";

const day = 86_400_000;

test("connects, joins, publishes, calls and receives inside the session", async (t) => {
  const { client, wires } = await startSealed(t);
  await reaches(client, "connected");
  const room = await client.join("room", null, { own: true });
  const lobby = await client.join("lobby", null);
  assert.equal(room.protection, "sealed");
  assert.equal(lobby.protection, "transport");
  await room.publish("hello");
  const [message] = await readSome(room.messages, 1);
  assert.equal(message?.data, "hello");
  assert.equal(await client.call("echo", "tea"), "tea");
  assert.deepEqual(wires.latest.request.protocols, ["wardwire.v1.sealed"]);
});

test("the token is in AUTH and nowhere else: no header, no frame, no URL (AU-1)", async (t) => {
  const { client, gateway, wires } = await startSealed(t);
  await reaches(client, "connected");
  const [auth] = gateway.latest.received;
  assert.equal(auth?.type === "connect" && auth.token, canary);
  assert.equal(wires.latest.request.authorization, undefined);
  assert.equal(wires.recording.includes(canary), false);
});

test("a ticket is in AUTH and nowhere else too (AU-1)", async (t) => {
  const { client, gateway, wires } = await startSealed(t, { token: undefined, ticket: () => canary } as object);
  await reaches(client, "connected");
  const [auth] = gateway.latest.received;
  assert.equal(auth?.type === "connect" && auth.ticket, canary);
  assert.equal(wires.recording.includes(canary), false);
});

test("control: the same search finds the token of a connection that is not sealed", async (t) => {
  const { sockets } = await startClient(t, { token: () => canary }, { sendsAuthorization: true });
  assert.equal(JSON.stringify(sockets.latest.request).includes(canary), true);
  const inFrame = await startClient(t, { token: () => canary });
  assert.equal(JSON.stringify(inFrame.sockets.latest.sent).includes(canary), true);
});

test("client.security tells what protects the connection while there is one", async (t) => {
  const { client, clock, gateway } = await startSealed(t, { serverKey: [pins.current, pins.next] });
  assert.equal(client.security, undefined);
  await reaches(client, "connected");
  assert.deepEqual(client.security, {
    protection: "sealed",
    suite: "X-Wing + AES-256-GCM",
    postQuantum: true,
    pin: pins.current,
    keysSince: clock.now(),
    handshakes: 1,
    bundleExpiresAt: clock.now() + 71 * 3_600_000,
  });
  gateway.latest.close(1012);
  await reaches(client, "waiting");
  assert.equal(client.security, undefined);
  const plain = await startClient(t);
  assert.deepEqual(plain.client.security, { protection: "transport" });
});

test("the code of CLOSE counts, with its reason (SR-3.1)", async (t) => {
  const { client, gateway } = await startSealed(t);
  await reaches(client, "connected");
  gateway.latest.close(4403, "revoked for a reason");
  const { reason } = await reaches(client, "closed");
  assert.equal(reason.code, "closed-by-gateway");
  assert.equal(reason.closeCode, 4403);
  assert.match(reason.message, /revoked for a reason/);
});

test("a refusal is told before AUTH_OK and ends by its CLOSE: the token is fetched anew, once (SR-3.1)", async (t) => {
  let asked = 0;
  const tokens = (): string => {
    asked += 1;
    return `${canary}-${asked}`;
  };
  const { client, gateway, wires } = await startSealed(t, { token: tokens });
  await until(() => gateway.sessions.length === 1);
  gateway.latest.onConnect = () => {
    gateway.latest.send({ type: "error", id: 1, code: "token-expired", message: "expired" });
    gateway.latest.close(4401);
  };
  await reaches(client, "connected");
  assert.equal(asked, 2);
  assert.equal(wires.recording.includes(canary), false);
});

test("close() seals CLOSE, and then closes the socket with the same code and no reason (SR-3.1)", async (t) => {
  const { client, gateway, wires } = await startSealed(t);
  await reaches(client, "connected");
  await client.close();
  assert.deepEqual(gateway.latest.closed && { ...gateway.latest.closed }, { type: "close", code: 1000, reason: "" });
  assert.equal(wires.latest.closedWith, 1000);
});

test("close() before the handshake is over ends at once, and sends no token", async (t) => {
  const { client, gateway, wires } = await startSealed(t);
  await until(() => gateway.sessions.length === 1);
  await client.close();
  await until(() => wires.latest.closedWith !== undefined);
  assert.equal(wires.recording.includes(canary), false);
});

test("a token is renewed inside the session", async (t) => {
  const { client, gateway, wires } = await startSealed(t);
  await reaches(client, "connected");
  await client.setToken(`${canary}-renewed`);
  assert.equal(gateway.latest.received.at(-1)?.type, "renew");
  assert.equal(wires.recording.includes(canary), false);
});

test("a value larger than a record comes in chunks, and goes in chunks (SR-1.2)", async (t) => {
  const { client, gateway } = await startSealed(t);
  await reaches(client, "connected");
  const large = "x".repeat(200_000);
  gateway.latest.send({ type: "notification", data: large, at: 1 });
  const [notification] = await readSome(client.notifications, 1);
  assert.equal(notification?.data, large);
  assert.equal(await client.call("echo", "y".repeat(64_000)), "y".repeat(64_000));
});

/** A connection on which nothing need be said for days, so that a test can turn the clock. */
function silentForDays({ gateway }: Pick<SealedRig<undefined>, "gateway">): void {
  gateway.heartbeatMs = 3 * day;
}

test("keys are updated after an hour, and the session goes on (SR-4.2)", async (t) => {
  const { client, clock, wires } = await startInRoom(t, { prepare: silentForDays });
  const before = wires.latest.seen.length;
  await clock.advance(3_600_000);
  assert.equal(await client.call("echo", 1), 1);
  const types = wires.latest.seen.slice(before).map((message) => (message as Uint8Array)[0]);
  assert.deepEqual(types, [0x13, 0x12, 0x13, 0x12]);
});

test("fresh keys after a day, by a handshake inside the session, while messages come (SR-5, HS-5)", async (t) => {
  const { client, gateway, clock, read, wires } = await startInRoom(t, { prepare: silentForDays });
  const told: unknown[] = [];
  client.addEventListener("security", ({ detail }) => told.push(detail));
  for (let turn = 0; turn < 2; turn += 1) {
    await clock.advance(day);
    gateway.publish(`meanwhile ${turn}`);
    await until(() => told.length > turn);
    assert.equal(await client.call("echo", turn), turn);
  }
  assert.deepEqual(read, ["first", "meanwhile 0", "meanwhile 1"]);
  assert.equal(client.security?.protection === "sealed" && client.security.handshakes, 3);
  assert.equal(client.security?.protection === "sealed" && client.security.keysSince, clock.now());
  assert.equal(told.at(-1), client.security);
  assert.equal(wires.all.length, 1);
});

test("a fresh handshake takes a bundle of its time: the one at hand has expired (KB-3.1)", async (t) => {
  const { client, clock, keys, wires } = await startInRoom(t, {
    prepare: async (rig) => {
      silentForDays(rig);
      const now = Math.floor(rig.clock.now() / 1_000);
      await rig.keys.publish({ notAfter: now + 3_600 });
    },
  });
  assert.equal(wires.fetched.length, 1);
  await clock.advance(7_200_000);
  await keys.publish();
  await clock.advance(day - 7_200_000);
  await until(() => client.security?.protection === "sealed" && client.security.handshakes === 2);
  assert.equal(wires.fetched.length, 2);
});

test("without an answer to the fresh handshake a session of 25 hours ends (SR-5.1)", async (t) => {
  const { client, clock, gateway } = await startInRoom(t, { prepare: silentForDays });
  gateway.latest.takesRehandshake = false;
  await clock.advance(25 * 3_600_000 - 1);
  assert.equal(client.state.phase, "connected");
  await clock.advance(1);
  assert.equal((await reaches(client, "waiting")).reason.code, "session-failed");
});

test("where no bundle can be had a fresh handshake is tried again, every minute (SR-5.1)", async (t) => {
  const { client, clock, keys, wires } = await startInRoom(t, {
    prepare: async (rig) => {
      silentForDays(rig);
      await rig.keys.publish({ notAfter: Math.floor(rig.clock.now() / 1_000) + 3_600 });
    },
  });
  const { fetchBytes } = wires;
  wires.fetchBytes = () => Promise.reject(new Error("no network"));
  await clock.advance(day + 300_000);
  assert.equal(client.state.phase, "connected");
  await keys.publish();
  wires.fetchBytes = fetchBytes;
  await clock.advance(60_000);
  await until(() => client.security?.protection === "sealed" && client.security.handshakes === 2);
});

test("a bundle for a fresh handshake that does not come is waited for 10 s, and asked for again", async (t) => {
  const { client, clock, wires } = await startInRoom(t, {
    prepare: async (rig) => {
      silentForDays(rig);
      await rig.keys.publish({ notAfter: Math.floor(rig.clock.now() / 1_000) + 3_600 });
    },
  });
  const signals: AbortSignal[] = [];
  wires.fetchBytes = (_url, { signal }) => {
    signals.push(signal);
    return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  await clock.advance(day + 9_999);
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [false],
  );
  await clock.advance(50_001);
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true, false],
  );
  await client.close();
  assert.ok(signals.every(({ aborted }) => aborted));
});

test("who closes the client on hearing of the keys leaves no session behind", async (t) => {
  const { client, clock, gateway, wires } = await startSealed(t);
  client.addEventListener("security", () => void client.close());
  await reaches(client, "closed");
  await until(() => wires.latest.closedWith !== undefined);
  assert.equal(gateway.latest.received.length, 0);
  await clock.advance(2_000);
  assert.equal(clock.pending, 0);
});

test("an answer to no fresh handshake, and a SWITCH without one, end the session (SR-5.2)", async (t) => {
  for (const type of ["rehandshake", "switch"] as const) {
    const { client, gateway } = await startInRoom(t);
    const { sealer } = gateway.latest;
    const records = type === "switch" ? sealer.switchTo(SecretBytes.random(32)) : sealer.seal(type, new Uint8Array(9));
    for (const record of records) gateway.latest.wire.toClient(record);
    assert.equal((await reaches(client, "waiting")).reason.code, "session-failed");
  }
});

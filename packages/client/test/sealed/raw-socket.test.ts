import assert from "node:assert/strict";
import { test } from "node:test";
import { RawSocket, RawSocketEnded } from "../../src/sealed/raw-socket.ts";
import { FakeSockets } from "../support/fake-socket.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const request = {
  url: "wss://chat.example/ws",
  protocols: ["wardwire.v1.sealed"],
  authorization: undefined,
  maxMessageBytes: 65_536,
  handshakeTimeoutMs: 10_000,
};

function openRaw(maxWaitingBytes = 10_000) {
  const sockets = new FakeSockets();
  const clock = new VirtualClock();
  const raw = new RawSocket(sockets, request, clock, maxWaitingBytes);
  return { raw, clock, socket: sockets.latest, give: (bytes: Uint8Array) => sockets.latest.observer.onMessage(bytes) };
}

test("gives messages one by one, in their order, and the end behind them", async () => {
  const { raw, socket, give } = openRaw();
  const first = raw.next();
  for (const byte of [1, 2, 3]) give(Uint8Array.of(byte));
  socket.observer.onClose({ code: 4470, reason: "" });
  assert.deepEqual(await first, Uint8Array.of(1));
  assert.deepEqual(await raw.next(), Uint8Array.of(2));
  assert.deepEqual(await raw.next(), Uint8Array.of(3));
  await assert.rejects(raw.next(), (error) => error instanceof RawSocketEnded && error.close.code === 4470);
  await assert.rejects(raw.next(), RawSocketEnded);
});

test("tells whether it had opened before it ended", async () => {
  for (const opened of [true, false]) {
    const { raw, socket } = openRaw();
    if (opened) socket.observer.onOpen("wardwire.v1.sealed");
    socket.observer.onClose({ code: 1006, reason: "" });
    const end: unknown = await raw.next().catch((error: unknown) => error);
    assert.equal(end instanceof RawSocketEnded && end.opened, opened);
  }
});

test("keeps so many bytes and no more, a small message counting as 512", async () => {
  for (const [bytes, taken] of [
    [1, 19],
    [512, 19],
    [1_000, 10],
    [10_000, 1],
    [10_001, 0],
  ] as const) {
    const { raw, give } = openRaw();
    for (let given = 0; given < taken; given += 1) give(new Uint8Array(bytes));
    if (taken > 0) assert.equal((await raw.next()).length, bytes);
    give(new Uint8Array(bytes));
    give(new Uint8Array(bytes));
    await assert.rejects(raw.next(), { code: "overflow" });
  }
});

test("what has been taken makes room", async () => {
  const { raw, give } = openRaw();
  for (let turn = 0; turn < 100; turn += 1) {
    give(new Uint8Array(6_000));
    assert.equal((await raw.next()).length, 6_000);
  }
});

test("a text is no message of a sealed socket (SR-1.1)", async () => {
  const { raw, socket } = openRaw();
  socket.observer.onMessage("text");
  await assert.rejects(raw.next(), { code: "session-failed" });
});

test("a closing handshake that nobody answers is over after 2 s", async () => {
  const { raw, socket, clock } = openRaw();
  socket.hangs = true;
  raw.close(4470);
  assert.equal(socket.closedWith, 4470);
  await clock.advance(1_999);
  assert.equal(socket.terminated, false);
  await clock.advance(1);
  assert.equal(socket.terminated, true);
});

test("what comes once it is closing is not kept, and what waited is let go", async () => {
  const { raw, socket, give } = openRaw();
  socket.hangs = true;
  give(new Uint8Array(5_000));
  raw.close(4470);
  for (let sent = 0; sent < 100; sent += 1) give(new Uint8Array(5_000));
  socket.observer.onClose({ code: 4470, reason: "" });
  await assert.rejects(raw.next(), RawSocketEnded);
});

test("one that is answered leaves no timer behind", async () => {
  const { raw, socket, clock } = openRaw();
  raw.close(1000);
  socket.observer.onClose({ code: 1000, reason: "" });
  raw.close(1000);
  assert.equal(clock.pending, 0);
});

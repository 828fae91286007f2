import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { recordTypes } from "@wardwire/crypto/session-records/record-types";
import {
  encodeFrames,
  type SealedClient,
  type SealedGateway,
  sealedClient,
  sealedGateway,
} from "../support/sealed-client.ts";

const hourMs = 3_600_000;
const calm = { heartbeatMs: 10 * hourMs };
const frame = encodeFrames([{ type: "join", id: 2, channel: "plain", params: { roomId: "tea" } }]);

function failures({ gateway }: SealedGateway): readonly string[] {
  return gateway.events.flatMap((event) => (event.event === "sealed-failed" ? [event.kind] : []));
}

function rekeyed({ gateway }: SealedGateway): number {
  return gateway.events.filter(({ event }) => event === "rekeyed").length;
}

/** The session ended with the one error there is: no CLOSE, no word, all keys gone. */
async function expectFailed(sealed: SealedGateway, client: SealedClient, why?: string): Promise<void> {
  assert.deepEqual(await client.socket.closed(), { code: 4470, reason: "" }, why);
  assert.equal(
    client.received.some(({ type }) => type === "close"),
    false,
    why,
  );
  assert.equal(failures(sealed).at(-1), "session", why);
  assert.partialDeepStrictEqual(sealed.gateway.events.at(-1), {
    event: "disconnected",
    code: 4470,
    by: "sealedSessionFailed",
    user: "alice",
  });
  const { sealing, connections } = sealed.gateway.core;
  assert.equal(sealing?.openSessions.size, connections.all.size, why);
}

/** A token that lasts for days. */
const lasting: Parameters<typeof sealedGateway>[0] = {
  limits: calm,
  authenticate: () => ({ ok: true, identity: { userId: "alice", expiresAt: 2_000_000_000_000, claims: {} } }),
};

describe("a session", { timeout: 30_000 }, () => {
  test("takes nothing but records: a frame in plaintext, text or binary, is fatal (SR-1.1)", async () => {
    for (const kind of ["text", "binary"] as const) {
      const sealed = await sealedGateway();
      const alice = await sealedClient(sealed, "alice");
      const plain = kind === "text" ? Buffer.from(JSON.stringify({ type: "pong" })) : encodeFrames([{ type: "pong" }]);
      alice.socket.deliver(plain, kind);
      await expectFailed(sealed, alice, kind);
    }
  });

  test("takes a record as text for no record (SR-1.1)", async () => {
    const sealed = await sealedGateway();
    const alice = await sealedClient(sealed, "alice");
    const [record] = alice.seal("data", frame) as [Uint8Array];
    alice.socket.deliver(record, "text");
    await expectFailed(sealed, alice);
  });

  test("ends over one changed bit, wherever it is, and not over none (SR-1.4, R47)", async () => {
    // Each field of the header, ciphertext and tag.
    for (const at of [0, 1, 2, 5, 6, 13, 14, 40, -16, -1]) {
      const sealed = await sealedGateway();
      const alice = await sealedClient(sealed, "alice");
      const [record] = alice.seal("data", frame) as [Uint8Array];
      const changed = record.slice();
      const index = at < 0 ? record.length + at : at;
      changed[index] = (changed[index] ?? 0) ^ 1;
      alice.socket.deliver(changed);
      await expectFailed(sealed, alice, `byte ${at}`);
      alice.socket.deliver(record);
      assert.equal(sealed.gateway.core.channels.size, 0, "there is no second try");
    }
    const sealed = await sealedGateway();
    const alice = await sealedClient(sealed, "alice");
    for (const record of alice.seal("data", frame)) alice.socket.deliver(record);
    await alice.next("joined");
  });

  test("ends over a record that is cut, doubled, left out, out of order or sent back (SR-1.3)", async () => {
    for (const [what, tamper] of [
      ["cut", ([first]) => [first.slice(0, -1)]],
      ["doubled", ([first]) => [first, first]],
      ["left out", ([, second]) => [second]],
      ["out of order", ([first, second]) => [second, first]],
      ["sent back", (_records, own) => [own]],
    ] as readonly (readonly [string, (records: [Uint8Array, Uint8Array], own: Uint8Array) => Uint8Array[]])[]) {
      const sealed = await sealedGateway();
      const alice = await sealedClient(sealed, "alice");
      const [first] = alice.seal("data", encodeFrames([{ type: "pong" }]));
      const [second] = alice.seal("data", frame);
      const own = alice.socket.messages.at(-1)?.message as Uint8Array;
      for (const record of tamper([first as Uint8Array, second as Uint8Array], own)) alice.socket.deliver(record);
      await expectFailed(sealed, alice, what);
    }
  });

  test("opens no record of another session (SR-0.2)", async () => {
    const sealed = await sealedGateway();
    const [bob, alice] = [await sealedClient(sealed, "bob"), await sealedClient(sealed, "alice")];
    const [record] = bob.seal("data", frame) as [Uint8Array];
    alice.socket.deliver(record);
    await expectFailed(sealed, alice);
    bob.socket.deliver(record);
    await bob.next("joined");
  });

  test("takes AUTH once, and positions from nobody (HS-2.1, RK-5.1)", async () => {
    for (const [type, content] of [
      ["auth", encodeFrames([{ type: "connect", id: 2, token: "alice" }])],
      ["heartbeat", Uint8Array.of(0, 0)],
    ] as const) {
      const sealed = await sealedGateway();
      const alice = await sealedClient(sealed, "alice");
      alice.sendRecord("heartbeat", new Uint8Array(0));
      assert.equal(alice.socket.closedWith, undefined);
      alice.sendRecord(type, content);
      await expectFailed(sealed, alice, type);
    }
  });

  test("takes no value above what the gateway takes as a message (SR-1.2)", async () => {
    const sealed = await sealedGateway();
    const alice = await sealedClient(sealed, "alice");
    alice.sendRecord("data", new Uint8Array(65_537));
    await expectFailed(sealed, alice);
  });

  test("gives what opens and is no frame the answer it has elsewhere, inside the session", async () => {
    const sealed = await sealedGateway();
    const alice = await sealedClient(sealed, "alice");
    alice.send({ type: "nonsense", id: 2 });
    assert.equal((await alice.next("error")).code, "unknown-type");
    alice.sendRecord("data", Uint8Array.of(0xff));
    assert.partialDeepStrictEqual(await alice.take(({ type }) => type === "close"), { code: 1007 });
    assert.deepEqual(await alice.socket.closed(), { code: 1007, reason: "" });
    assert.deepEqual(failures(sealed), []);
  });

  test("ends when records without frames come as a flood, and says so inside (R29)", async () => {
    const sealed = await sealedGateway();
    const alice = await sealedClient(sealed, "alice");
    for (let index = 0; index < 60; index += 1) alice.sendRecord("heartbeat", new Uint8Array(0));
    assert.equal(alice.socket.closedWith, undefined);
    for (let index = 0; index < 20; index += 1) alice.sendRecord("heartbeat", new Uint8Array(0));
    assert.deepEqual(await alice.socket.closed(), { code: 4429, reason: "" });
    assert.partialDeepStrictEqual(await alice.take(({ type }) => type === "close"), { code: 4429 });
    const limited = sealed.gateway.events.find(({ event }) => event === "rate-limited");
    assert.partialDeepStrictEqual(limited, { budget: "records", address: "192.0.2.7" });
  });

  test("gives a value as long to come to its end as a WebSocket message, and one that has ended all time (R27)", async () => {
    const sealed = await sealedGateway();
    const [slow, prompt] = [await sealedClient(sealed, "alice"), await sealedClient(sealed, "bob")];
    const value = encodeFrames([{ type: "nonsense", id: 2, text: "x".repeat(62_000) }]);
    const [first] = slow.seal("data", value) as [Uint8Array];
    slow.socket.deliver(first);
    for (const record of prompt.seal("data", value)) prompt.socket.deliver(record);
    assert.equal((await prompt.next("error")).code, "unknown-type");
    sealed.gateway.clock.pass(sealed.gateway.core.limits.messageTimeoutMs - 1);
    assert.equal(slow.socket.closedWith, undefined);
    sealed.gateway.clock.pass(1);
    assert.deepEqual(await slow.socket.closed(), { code: 4409, reason: "" });
    assert.equal(prompt.socket.closedWith, undefined);
  });

  test("lets records without frames come at their rate, however many (R29)", async () => {
    const sealed = await sealedGateway(lasting);
    const alice = await sealedClient(sealed, "alice");
    for (let index = 0; index < 200; index += 1) {
      alice.sendRecord("heartbeat", new Uint8Array(0));
      sealed.gateway.clock.pass(100);
    }
    assert.equal(alice.socket.closedWith, undefined);
  });
});

describe("keys that are updated", { timeout: 30_000 }, () => {
  test("change every hour in each direction by itself, and all goes on (SR-4.1, SR-4.2)", async () => {
    const sealed = await sealedGateway(lasting);
    const alice = await sealedClient(sealed, "alice");
    const [connection] = sealed.gateway.core.connections.ofUser("alice");
    for (let hour = 1; hour <= 3; hour += 1) {
      sealed.gateway.clock.pass(hourMs);
      connection?.send({ type: "ping" });
      await alice.next("ping");
      alice.send({ type: "history", id: hour + 1, channel: 9, limit: 1 });
      assert.equal((await alice.next("error")).code, "not-joined");
      assert.equal(rekeyed(sealed), 2 * hour, "once in each direction");
    }
    const updates = alice.socket.messages.filter(({ message }) => message[0] === recordTypes.keyUpdate);
    assert.equal(updates.length, 3);
    assert.equal(alice.failure, undefined);
  });

  test("do not change before the hour (SR-4.2)", async () => {
    const sealed = await sealedGateway(lasting);
    const alice = await sealedClient(sealed, "alice");
    const [connection] = sealed.gateway.core.connections.ofUser("alice");
    sealed.gateway.clock.pass(hourMs - 1);
    connection?.send({ type: "ping" });
    await alice.next("ping");
    assert.equal(rekeyed(sealed), 0);
  });

  test("of before an update open nothing after it (SR-1.3, SR-4.1)", async () => {
    const sealed = await sealedGateway(lasting);
    const alice = await sealedClient(sealed, "alice");
    const [before] = alice.seal("data", encodeFrames([{ type: "pong" }]));
    alice.socket.deliver(before as Uint8Array);
    sealed.gateway.clock.pass(hourMs);
    for (const record of alice.seal("data", encodeFrames([{ type: "pong" }]))) alice.socket.deliver(record);
    assert.equal(alice.socket.closedWith, undefined);
    alice.socket.deliver(before as Uint8Array);
    await expectFailed(sealed, alice);
  });
});

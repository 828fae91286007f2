import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AuthenticateResult } from "../../src/auth/identity.ts";
import { encodeFrames, SealedClient, type SealedGateway, sealedGateway } from "../support/sealed-client.ts";

const connect = { type: "connect", id: 1, token: "alice" };
const data = encodeFrames([{ type: "join", id: 2, channel: "plain", params: { roomId: "tea" } }]);

/** A client that has opened message 2. */
async function established(sealed: SealedGateway): Promise<SealedClient> {
  const client = await SealedClient.open(sealed.gateway);
  await client.handshake(sealed.keys);
  return client;
}

function failures({ gateway }: SealedGateway): readonly string[] {
  return gateway.events.flatMap((event) => (event.event === "sealed-failed" ? [event.kind] : []));
}

/** It ended with the one error there is, of which nothing but the code is told, and nobody was connected. */
async function expectFailed(sealed: SealedGateway, client: SealedClient, kind: "session" | "auth"): Promise<void> {
  assert.deepEqual(await client.socket.closed(), { code: 4470, reason: "" });
  assert.equal(client.socket.messages.length, 1, "message 2 and nothing else");
  assert.deepEqual(failures(sealed), [kind]);
  assert.equal(
    sealed.gateway.events.some(({ event }) => event === "connected"),
    false,
  );
  assert.equal(sealed.gateway.core.sealing?.openSessions.size, 0);
}

/** A gateway that says who it is only when it is told to. */
async function slowGateway(): Promise<SealedGateway & { readonly answer: (result?: AuthenticateResult) => void }> {
  const { promise, resolve } = Promise.withResolvers<AuthenticateResult>();
  const sealed = await sealedGateway({ authenticate: () => promise });
  const expiresAt = sealed.gateway.clock.now() + 60_000;
  const alice: AuthenticateResult = { ok: true, identity: { userId: "alice", expiresAt, claims: {} } };
  return { ...sealed, answer: (result = alice) => resolve(result) };
}

describe("before AUTH_OK", { timeout: 20_000 }, () => {
  for (const type of ["data", "heartbeat", "rehandshake"] as const) {
    test(`a record of type ${type} before AUTH is fatal (HS-2.1)`, async () => {
      const sealed = await sealedGateway();
      const client = await established(sealed);
      client.sendRecord(type, type === "data" ? encodeFrames([connect]) : new Uint8Array(0));
      await expectFailed(sealed, client, "session");
    });
  }

  test("a connect frame in plaintext is fatal, in AUTH it is not (SR-1.1, AU-1)", async () => {
    const sealed = await sealedGateway();
    const plain = await established(sealed);
    plain.socket.deliver(encodeFrames([connect]));
    await expectFailed(sealed, plain, "session");
    const client = await established(sealed);
    client.sendAuth(connect);
    await client.next("connected");
  });

  for (const [what, frames] of [
    ["another frame", [{ type: "pong" }]],
    ["connect and another frame", [connect, { type: "pong" }]],
    ["connect twice", [connect, { ...connect, id: 2 }]],
    ["a connect that is none", [{ type: "connect", token: "alice" }]],
    ["a frame of no known type", [{ type: "hello", id: 1 }]],
    ["nothing", []],
  ] as const) {
    test(`AUTH with ${what} is refused, and not said to be (handshake.md §4)`, async () => {
      const sealed = await sealedGateway();
      const client = await established(sealed);
      client.sendAuth(...frames);
      await expectFailed(sealed, client, "auth");
    });
  }

  test("AUTH with bytes that are no CBOR is refused (handshake.md §4)", async () => {
    const sealed = await sealedGateway();
    const client = await established(sealed);
    client.sendRecord("auth", Buffer.from(JSON.stringify(connect)));
    await expectFailed(sealed, client, "auth");
  });

  test("AUTH may be in chunks, of at most 8 records and 16 KiB (HS-2.1)", async () => {
    const sealed = await sealedGateway({ authenticate: () => ({ ok: false, code: "token-invalid", detail: "long" }) });
    const whole = await established(sealed);
    whole.sendAuth({ ...connect, token: "t".repeat(8_192) });
    assert.equal((await whole.next("error")).code, "token-invalid", "it was opened and looked at");
    const client = await established(sealed);
    client.sendRecord("auth", new Uint8Array(16_385));
    await expectFailed(sealed, client, "session");
  });

  test("AUTH that changes on the way is refused (SR-1.4)", async () => {
    const sealed = await sealedGateway();
    const client = await established(sealed);
    const [record] = client.seal("auth", encodeFrames([connect])) as [Uint8Array];
    record[record.length - 1] = (record[record.length - 1] ?? 0) ^ 1;
    client.socket.deliver(record);
    await expectFailed(sealed, client, "session");
  });

  test("AUTH of another session is refused: a token cannot be passed on (SR-0.2)", async () => {
    const sealed = await sealedGateway();
    const [alice, mallory] = [await established(sealed), await established(sealed)];
    const [record] = alice.seal("auth", encodeFrames([connect])) as [Uint8Array];
    mallory.socket.deliver(record);
    await expectFailed(sealed, mallory, "session").catch(() => undefined);
    assert.deepEqual(await mallory.socket.closed(), { code: 4470, reason: "" });
    alice.socket.deliver(record);
    await alice.next("connected");
  });

  test("AUTH has to come in time, 5 seconds from the open socket on; the session is closed with 4408 (HS-2.1)", async () => {
    const sealed = await sealedGateway();
    const client = await established(sealed);
    sealed.gateway.clock.pass(5_000);
    assert.deepEqual(client.socket.closedWith, { code: 4408, reason: "" });
    assert.partialDeepStrictEqual(await client.take(() => true), { type: "close", code: 4408 });
    assert.deepEqual(failures(sealed), []);
  });

  test("8 records wait behind AUTH undecrypted, the 9th is fatal (HS-2.2)", async () => {
    const sealed = await slowGateway();
    const client = await established(sealed);
    client.sendAuth(connect);
    for (let index = 0; index < 8; index += 1) client.sendRecord("heartbeat", new Uint8Array(0));
    assert.equal(client.socket.closedWith, undefined);
    client.sendRecord("heartbeat", new Uint8Array(0));
    await expectFailed(sealed, client, "session");
    sealed.answer();
  });

  test("what waits is at most 16 KiB (HS-2.2)", async () => {
    const sealed = await slowGateway();
    const client = await established(sealed);
    client.sendAuth(connect);
    client.sendRecord("data", new Uint8Array(16_300));
    assert.equal(client.socket.closedWith, undefined);
    client.sendRecord("data", data);
    await expectFailed(sealed, client, "session");
    sealed.answer();
  });

  test("what waits is looked at only when AUTH has been granted: then it must open (HS-2.2, SR-1.4)", async () => {
    const sealed = await slowGateway();
    const client = await established(sealed);
    client.sendAuth(connect);
    const [record] = client.seal("data", data) as [Uint8Array];
    record[20] = (record[20] ?? 0) ^ 1;
    client.socket.deliver(record);
    assert.equal(client.socket.closedWith, undefined, "nobody has opened it");
    sealed.answer();
    assert.deepEqual(await client.socket.closed(), { code: 4470, reason: "" });
    assert.deepEqual(failures(sealed), ["session"]);
  });

  test("what comes between AUTH_OK and its release keeps its place (HS-2.2)", async () => {
    const sealed = await slowGateway();
    const client = await established(sealed);
    client.sendAuth(connect);
    client.send({ type: "join", id: 2, channel: "plain", params: { roomId: "tea" } });
    const later = client.seal("data", encodeFrames([{ type: "publish", channel: 1, data: { text: "later" } }]));
    const { send } = client.socket;
    // The moment AUTH_OK leaves the gateway, as a client that is very near may see it.
    client.socket.send = (message, kind) => {
      client.socket.send = send;
      client.socket.send(message, kind);
      for (const record of later) client.socket.deliver(record);
    };
    sealed.answer();
    await client.next("connected");
    await client.next("joined");
    assert.deepEqual((await client.next("message")).data, { text: "later" });
  });

  test("a ping that was due before is no part of AUTH_OK, which begins with connected (docs/adr/0015)", async () => {
    const { promise, resolve } = Promise.withResolvers<AuthenticateResult>();
    const sealed = await sealedGateway({ authenticate: () => promise, limits: { heartbeatMs: 1_000 } });
    const client = await established(sealed);
    client.sendAuth(connect);
    sealed.gateway.clock.pass(1_000);
    const expiresAt = sealed.gateway.clock.now() + 60_000;
    resolve({ ok: true, identity: { userId: "alice", expiresAt, claims: {} } });
    await client.socket.until(() => client.recordKey);
    const types = client.received.map((item) => (item.type === "frame" ? item.frame.type : item.type));
    assert.deepEqual(types, ["ping", "connected"]);
    assert.deepEqual(
      client.socket.messages.map(({ message }) => message[0]),
      [0x02, 0x12, 0x11],
    );
  });
});

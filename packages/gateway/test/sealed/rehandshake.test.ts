import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startHandshake } from "@wardwire/crypto/handshake/client-handshake";
import type { EstablishedSession } from "@wardwire/crypto/handshake/key-schedule";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { type SealedClient, type SealedGateway, sealedClient, sealedGateway } from "../support/sealed-client.ts";

const hourMs = 3_600_000;

/** A gateway on which a session can last for days. */
function lasting(): Promise<SealedGateway> {
  return sealedGateway({
    limits: {
      heartbeatMs: 1_000 * hourMs,
      messageBurst: 1_000,
      messageBurstPerDevice: 1_000,
      messageBurstPerUser: 1_000,
    },
    authenticate: (credential) => {
      const userId = credential.kind === "token" ? credential.token : "";
      return { ok: true, identity: { userId, expiresAt: 2_000_000_000_000, claims: {} } };
    },
  });
}

function failures({ gateway }: SealedGateway): readonly string[] {
  return gateway.events.flatMap((event) => (event.event === "sealed-failed" ? [event.kind] : []));
}

function renewals({ gateway }: SealedGateway): number {
  return gateway.events.filter((event) => event.event === "rekeyed" && event.how === "handshake").length;
}

async function joinTea(client: SealedClient): Promise<number> {
  client.send({ type: "join", id: 2, channel: "plain", params: { roomId: "tea" } });
  return (await client.next("joined")).channel;
}

function hex(session: EstablishedSession | undefined): string {
  return session?.exporter.use((bytes) => Buffer.from(bytes).toString("hex")) ?? "";
}

/** The exporter in force at the gateway, of the one connection of a user. */
function exporterAt({ gateway }: SealedGateway, user: string): string {
  const [connection] = gateway.core.connections.ofUser(user);
  return connection?.admission.sealed?.exporter.use((bytes) => Buffer.from(bytes).toString("hex")) ?? "";
}

async function expectFailed(sealed: SealedGateway, client: SealedClient): Promise<void> {
  assert.deepEqual(await client.socket.closed(), { code: 4470, reason: "" });
  assert.deepEqual(failures(sealed), ["rehandshake"]);
  assert.equal(sealed.gateway.core.sealing?.openSessions.size, 0);
}

describe("a fresh handshake in a session", { timeout: 30_000 }, () => {
  test("after 24 hours gives both directions fresh keys under traffic, and loses nothing (HS-5, SR-5.2)", async () => {
    const sealed = await lasting();
    const [alice, bob] = [await sealedClient(sealed, "alice"), await sealedClient(sealed, "bob")];
    const channel = await joinTea(alice);
    await joinTea(bob);
    const before = hex(alice.session);
    const { transcriptHash } = alice.session as EstablishedSession;
    assert.equal(exporterAt(sealed, "alice"), before);
    sealed.gateway.clock.pass(24 * hourMs);
    const rehandshake = alice.rehandshake(sealed.keys);
    for (let index = 0; index < 20; index += 1) {
      bob.send({ type: "publish", channel, data: { text: `down ${index}` } });
      alice.send({ type: "publish", channel, data: { text: `up ${index}` } });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await rehandshake;
    alice.send({ type: "publish", channel, data: { text: "after" } });
    const heard: string[] = [];
    while (heard.at(-1) !== "after") heard.push(((await alice.next("message")).data as { text: string }).text);
    const expected = (word: string): readonly string[] => Array.from({ length: 20 }, (_, index) => `${word} ${index}`);
    assert.deepEqual(
      heard.filter((text) => text.startsWith("up")),
      expected("up"),
    );
    assert.deepEqual(
      heard.filter((text) => text.startsWith("down")),
      expected("down"),
    );
    assert.notEqual(hex(alice.session), before);
    assert.equal(exporterAt(sealed, "alice"), hex(alice.session), "the exporter is the new one on both sides (SR-5.2)");
    const [connection] = sealed.gateway.core.connections.ofUser("alice");
    assert.deepEqual(connection?.admission.sealed?.transcriptHash, transcriptHash, "h stays that of the socket (AU-2)");
    assert.equal(renewals(sealed), 1);
    assert.deepEqual([alice.failure, bob.failure], [undefined, undefined]);
  });

  test("keeps the old exporter in force until the client has switched too (SR-5.2)", async () => {
    const sealed = await lasting();
    const alice = await sealedClient(sealed, "alice");
    const old = hex(alice.session);
    // The client's SWITCH is held back on the way.
    const { deliver } = alice.socket;
    const kept: Uint8Array[] = [];
    let isFirst = true;
    alice.socket.deliver = (message) => {
      if (isFirst) deliver.call(alice.socket, message);
      else kept.push(message);
      isFirst = false;
    };
    await alice.rehandshake(sealed.keys);
    assert.equal(kept.length, 1);
    assert.equal(exporterAt(sealed, "alice"), old);
    assert.equal(renewals(sealed), 0);
    for (const message of kept) deliver.call(alice.socket, message);
    assert.equal(exporterAt(sealed, "alice"), hex(alice.session));
    assert.equal(renewals(sealed), 1);
  });

  test("may begin with a newer bundle and another key (HS-5)", async () => {
    const sealed = await lasting();
    const alice = await sealedClient(sealed, "alice");
    await sealed.keys.publish();
    await alice.rehandshake(sealed.keys);
    await joinTea(alice);
    assert.equal(renewals(sealed), 1);
  });

  test("comes at most once a minute (SR-5.1)", async () => {
    const sealed = await lasting();
    const alice = await sealedClient(sealed, "alice");
    await alice.rehandshake(sealed.keys);
    sealed.gateway.clock.pass(60_000);
    await alice.rehandshake(sealed.keys);
    assert.equal(renewals(sealed), 2);
    sealed.gateway.clock.pass(59_999);
    await alice.rehandshake(sealed.keys);
    await expectFailed(sealed, alice);
  });

  test("comes one at a time (SR-5.1)", async () => {
    const sealed = await lasting();
    const alice = await sealedClient(sealed, "alice");
    const { session } = alice;
    const within = session && { exporter: session.exporter, suite: session.suite };
    for (let count = 0; count < 2; count += 1) {
      const { message } = await startHandshake({
        primitives: nodePrimitives,
        bundle: sealed.keys.trusted,
        origin: "https://chat.example",
        path: "/ws",
        ...(within && { within }),
      });
      alice.sendRecord("rehandshake", message);
    }
    await expectFailed(sealed, alice);
  });

  for (const [what, changes] of [
    ["of another origin", { origin: "https://chat.example.net" }],
    ["of another path", { path: "/other" }],
    ["of a bundle that is not known, without a word in plaintext", { bundle: { version: 99 } }],
  ] as const) {
    test(`${what} is fatal (HS-5)`, async () => {
      const sealed = await lasting();
      await sealed.keys.publish({ origins: ["https://chat.example", "https://chat.example.net"] });
      const alice = await sealedClient(sealed, "alice");
      const bundle = { ...sealed.keys.trusted, ...("bundle" in changes ? changes.bundle : {}) };
      const sent = alice.socket.messages.length;
      await alice.rehandshake(sealed.keys, { ...changes, bundle });
      await expectFailed(sealed, alice);
      assert.equal(alice.socket.messages.length, sent);
    });
  }

  test("with the exporter of another session is fatal (HS-1.2)", async () => {
    const sealed = await lasting();
    const [alice, bob] = [await sealedClient(sealed, "alice"), await sealedClient(sealed, "bob")];
    const { exporter, suite } = bob.session as EstablishedSession;
    await alice.rehandshake(sealed.keys, { within: { exporter, suite } });
    assert.deepEqual(await alice.socket.closed(), { code: 4470, reason: "" });
    assert.deepEqual(failures(sealed), ["rehandshake"]);
  });

  test("that no REHANDSHAKE asked for is no SWITCH of the client's to make (SR-5.2)", async () => {
    const sealed = await lasting();
    const alice = await sealedClient(sealed, "alice");
    const other = await sealedClient(sealed, "bob");
    const { clientTraffic } = other.session as EstablishedSession;
    for (const record of alice.sealer.switchTo(clientTraffic)) alice.socket.deliver(record);
    assert.deepEqual(await alice.socket.closed(), { code: 4470, reason: "" });
    assert.deepEqual(failures(sealed), ["session"]);
  });
});

describe("the age of a session", { timeout: 30_000 }, () => {
  test("is at most 25 hours without a fresh handshake (SR-5.1)", async () => {
    const sealed = await lasting();
    const alice = await sealedClient(sealed, "alice");
    sealed.gateway.clock.pass(25 * hourMs - 1);
    assert.equal(alice.socket.closedWith, undefined);
    sealed.gateway.clock.pass(1);
    assert.deepEqual(alice.socket.closedWith, { code: 4470, reason: "" });
    assert.deepEqual(failures(sealed), ["too-old"]);
  });

  test("begins anew with each fresh handshake (SR-5.1)", async () => {
    const sealed = await lasting();
    const alice = await sealedClient(sealed, "alice");
    for (let day = 0; day < 2; day += 1) {
      sealed.gateway.clock.pass(24 * hourMs);
      if (day > 0) await sealed.keys.publish();
      await alice.rehandshake(sealed.keys);
    }
    sealed.gateway.clock.pass(25 * hourMs - 1);
    assert.equal(alice.socket.closedWith, undefined);
    sealed.gateway.clock.pass(1);
    assert.equal((await alice.socket.closed()).code, 4470);
  });
});

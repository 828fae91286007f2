import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startHandshake } from "@wardwire/crypto/handshake/client-handshake";
import { unknownKeyMessage } from "@wardwire/crypto/handshake/second-message";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import type { GatewayEvent } from "../../src/observe/events.ts";
import { SealedClient, type SealedGateway, sealedClient, sealedGateway } from "../support/sealed-client.ts";
import type { TestServerKeys } from "../support/test-server-keys.ts";

const here = { origin: "https://chat.example", path: "/ws" };

async function firstMessage(keys: TestServerKeys, changes: object = {}): Promise<Uint8Array> {
  const options = { primitives: nodePrimitives, bundle: keys.trusted, ...here, ...changes };
  const { message, awaiting } = await startHandshake(options);
  awaiting.dispose();
  return message;
}

function failures({ gateway }: SealedGateway): readonly string[] {
  return gateway.events.flatMap((event) => (event.event === "sealed-failed" ? [event.kind] : []));
}

function overRate({ gateway }: SealedGateway): readonly string[] {
  return gateway.events.flatMap((event) => (event.event === "rate-limited" ? [event.budget] : []));
}

/** Sends this as the first message of a socket, and expects the one answer there is. */
async function expectRefused(sealed: SealedGateway, message: Uint8Array, why: string): Promise<void> {
  const client = await SealedClient.open(sealed.gateway);
  client.socket.deliver(message);
  assert.deepEqual(await client.socket.closed(), { code: 4470, reason: "" }, why);
  assert.deepEqual(client.socket.messages, [], why);
  assert.equal(failures(sealed).at(-1), "handshake", why);
}

describe("message 1", { timeout: 30_000 }, () => {
  test("of another origin, path or mode is refused, that of this gateway is not (HS-1.4)", async () => {
    const sealed = await sealedGateway();
    const { keys } = sealed;
    const elsewhere = await firstMessage(keys, { origin: "https://evil.example" });
    await expectRefused(sealed, elsewhere, "another origin");
    await expectRefused(sealed, await firstMessage(keys, { path: "/other" }), "another path");
    await expectRefused(sealed, await firstMessage(keys, { path: "/ws/" }), "a path that only looks alike");
    const other = await sealedClient(sealed, "alice");
    const within = { exporter: other.session?.exporter, suite: 1 };
    await expectRefused(sealed, await firstMessage(keys, { within }), "mode 2 as the first of a socket");
    await sealedClient(sealed, "bob");
  });

  test("may name an origin as soon as a bundle has it (HS-1.4)", async () => {
    const sealed = await sealedGateway();
    const origin = "https://chat.example.net";
    await expectRefused(sealed, await firstMessage(sealed.keys, { origin }), "not yet");
    await sealed.keys.publish({ origins: [here.origin, origin] });
    const client = await SealedClient.open(sealed.gateway);
    await client.handshake(sealed.keys, { origin });
  });

  test("with any byte changed is refused, and in all cases the same way (HS-4.2, R48)", async () => {
    const sealed = await sealedGateway();
    const message = await firstMessage(sealed.keys);
    // Type, length, each field's tag or value, ciphertext, ephemeral key, payload and its tag.
    for (const at of [0, 2, 3, 7, 12, 20, 40, 60, 80, 1_000, 1_300, 2_400, message.length - 17, message.length - 1]) {
      const changed = message.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      const client = await SealedClient.open(sealed.gateway);
      client.socket.deliver(changed);
      const { code, reason } = await client.socket.closed();
      // A bundle or a kid that is not known is the one thing that is said (HS-1.6).
      const said = client.socket.messages.length;
      assert.deepEqual([code, reason, said], said === 0 ? [4470, "", 0] : [4471, "", 1], `byte ${at}`);
    }
    for (const cut of [0, 1, 3, 100, 2_000, message.length - 1]) {
      await expectRefused(sealed, message.slice(0, cut), `cut to ${cut}`);
    }
    await expectRefused(sealed, Buffer.concat([message, new Uint8Array(2_000)]), "too long");
    const client = await SealedClient.open(sealed.gateway);
    // Another, since the ciphertext of this one has been seen (HS-3.2).
    client.socket.deliver(await firstMessage(sealed.keys));
    await client.socket.until(() => client.socket.messages[0]);
    assert.equal(client.socket.closedWith, undefined, "unchanged it is answered");
  });

  test("as a text message, as a frame and as nothing at all is refused (SR-1.1)", async () => {
    const sealed = await sealedGateway();
    const client = await SealedClient.open(sealed.gateway);
    client.socket.deliver(await firstMessage(sealed.keys), "text");
    assert.equal((await client.socket.closed()).code, 4470);
    await expectRefused(sealed, new Uint8Array(0), "empty");
    const frame = JSON.stringify({ type: "connect", id: 1, token: "alice" });
    await expectRefused(sealed, Buffer.from(frame), "a frame in plaintext");
  });

  test("is answered once: sent again on another socket it is refused (HS-3.2)", async () => {
    const sealed = await sealedGateway();
    const message = await firstMessage(sealed.keys);
    const client = await SealedClient.open(sealed.gateway);
    client.socket.deliver(message);
    await client.socket.until(() => client.socket.messages[0]);
    await expectRefused(sealed, message, "a replay");
  });

  test("may not be followed by anything before message 2, a second message 1 among it (HS-3.1)", async () => {
    const sealed = await sealedGateway();
    const client = await SealedClient.open(sealed.gateway);
    client.socket.deliver(await firstMessage(sealed.keys));
    client.socket.deliver(await firstMessage(sealed.keys));
    assert.deepEqual(await client.socket.closed(), { code: 4470, reason: "" });
    const late = await SealedClient.open(sealed.gateway);
    await late.handshake(sealed.keys);
    late.socket.deliver(await firstMessage(sealed.keys));
    assert.equal((await late.socket.closed()).code, 4470);
    assert.deepEqual(failures(sealed), ["handshake", "session"]);
  });

  test("has to come in time (HS-2.1)", async () => {
    const sealed = await sealedGateway();
    const client = await SealedClient.open(sealed.gateway);
    sealed.gateway.clock.pass(4_999);
    assert.equal(client.socket.closedWith, undefined);
    sealed.gateway.clock.pass(1);
    assert.deepEqual(client.socket.closedWith, { code: 4408, reason: "" });
    assert.deepEqual(client.socket.messages, [], "nothing is said in plaintext");
    assert.equal(sealed.gateway.core.unauthenticatedPerIp.total, 0);
  });

  for (const [offered, suite] of [
    [[1, 2], 1],
    [[2, 1], 2],
    [[2], 2],
  ] as const) {
    test(`is answered with the first suite it offers of ${offered.join(", ")} (HS-1.5)`, async () => {
      const sealed = await sealedGateway();
      const client = await SealedClient.open(sealed.gateway);
      await client.handshake(sealed.keys, { suites: [...offered] });
      await client.authenticate("alice");
      assert.equal(client.session?.suite, suite);
      assert.partialDeepStrictEqual(sealed.gateway.events[0], { event: "sealed", suite });
    });
  }
});

describe("a key that is not known", { timeout: 20_000 }, () => {
  test("is said in the one message in plaintext, and closed with 4471 (HS-1.6)", async () => {
    const sealed = await sealedGateway();
    const known = sealed.keys.trusted;
    for (const bundle of [
      { ...known, version: 99 },
      { ...known, kid: new Uint8Array(8) },
    ]) {
      const client = await SealedClient.open(sealed.gateway);
      client.socket.deliver(await firstMessage(sealed.keys, { bundle }));
      assert.deepEqual(await client.socket.closed(), { code: 4471, reason: "" });
      const said = client.socket.messages.map(({ message }) => Uint8Array.from(message));
      assert.deepEqual(said, [Uint8Array.from(unknownKeyMessage)]);
    }
    assert.deepEqual(failures(sealed), ["unknown-key", "unknown-key"]);
    await sealedClient(sealed, "alice");
  });

  test("was good until its bundle expired, and a fresh bundle helps (HS-1.6)", async () => {
    const sealed = await sealedGateway();
    const old = sealed.keys.trusted;
    sealed.gateway.clock.pass(60 * 3_600_000);
    await sealed.keys.publish();
    const during = await SealedClient.open(sealed.gateway);
    await during.handshake(sealed.keys, { bundle: old });
    sealed.gateway.clock.pass(12 * 3_600_000);
    const after = await SealedClient.open(sealed.gateway);
    after.socket.deliver(await firstMessage(sealed.keys, { bundle: old }));
    assert.equal((await after.socket.closed()).code, 4471);
    const fresh = await SealedClient.open(sealed.gateway);
    await fresh.handshake(sealed.keys);
  });
});

describe("the budgets of a handshake (HS-3.2)", { timeout: 30_000 }, () => {
  test("an address has so many handshakes, and another address its own", async () => {
    const limits = { sealedHandshakeBurstPerIp: 2, sealedHandshakesPerSecondPerIp: 1 };
    const sealed = await sealedGateway({ limits });
    for (const token of ["alice", "bob"]) await sealedClient(sealed, token);
    await expectRefused(sealed, await firstMessage(sealed.keys), "a third");
    assert.deepEqual(overRate(sealed), ["sealed-handshakes"]);
    const elsewhere = await SealedClient.open(sealed.gateway, {}, "192.0.2.8");
    await elsewhere.handshake(sealed.keys);
    sealed.gateway.clock.pass(1_000);
    await sealedClient(sealed, "carol");
  });

  test("the process has so much KEM time, whoever asks for it, and spends none beyond it", async () => {
    const sealed = await sealedGateway({ limits: { kemPercent: 1 } });
    const decapsulated = watchDecapsulation(sealed.keys);
    for (let index = 0; index < 20; index += 1) {
      const client = await SealedClient.open(sealed.gateway, {}, `192.0.2.${index + 10}`);
      await client.handshake(sealed.keys);
    }
    assert.equal(decapsulated(), 20);
    await expectRefused(sealed, await firstMessage(sealed.keys), "the 21st, of half a millisecond each");
    assert.equal(decapsulated(), 20, "it was refused before its ciphertext was looked at");
    assert.deepEqual(overRate(sealed), ["kem"]);
    sealed.gateway.clock.pass(50);
    await sealedClient(sealed, "alice");
    assert.equal(decapsulated(), 21);
  });

  test("a dry run lets an address through, and never KEM time", async () => {
    const limits = { sealedHandshakeBurstPerIp: 1, sealedHandshakesPerSecondPerIp: 1, kemPercent: 1 };
    const sealed = await sealedGateway({ limits, dryRun: true });
    for (let index = 0; index < 20; index += 1) {
      const client = await SealedClient.open(sealed.gateway);
      await client.handshake(sealed.keys);
    }
    await expectRefused(sealed, await firstMessage(sealed.keys), "no KEM time");
    const last = sealed.gateway.events.findLast(({ event }) => event === "rate-limited") as GatewayEvent;
    assert.partialDeepStrictEqual(last, { budget: "kem", address: "192.0.2.7" });
    assert.equal("dryRun" in last, false);
  });
});

/** Counts the decapsulations of all keys from now on. */
function watchDecapsulation(keys: TestServerKeys): () => number {
  let count = 0;
  const take = keys.ring.take.bind(keys.ring);
  keys.ring.take = (kid) => {
    const key = take(kid);
    if (key === undefined) return undefined;
    const { privateKey } = key;
    const counted = {
      publicKey: privateKey.publicKey,
      decapsulate: (ciphertext: Uint8Array) => {
        count += 1;
        return privateKey.decapsulate(ciphertext);
      },
      dispose: () => privateKey.dispose(),
    };
    return { ...key, privateKey: counted };
  };
  return () => count;
}

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ClientHandshakeOptions, startHandshake } from "../../src/handshake/client-handshake.ts";
import { encodeFeatures, encodeHeader, type HandshakeHeader } from "../../src/handshake/first-message.ts";
import {
  AwaitingFirstMessage,
  type Budget,
  type GatewayHandshakeOptions,
  type HandshakeKeys,
  handshakeCostMicroseconds,
} from "../../src/handshake/gateway-handshake.ts";
import type { EstablishedSession } from "../../src/handshake/key-schedule.ts";
import { handshakePrologue, type RunningSession } from "../../src/handshake/prologue.ts";
import { unknownKeyMessage } from "../../src/handshake/second-message.ts";
import { SeenCiphertexts } from "../../src/handshake/seen-ciphertexts.ts";
import type { Suite } from "../../src/handshake/suites.ts";
import { Transcript } from "../../src/handshake/transcript.ts";
import { issueBundle } from "../../src/keys/bundle.ts";
import { checkBundle } from "../../src/keys/bundle-check.ts";
import { KeyRing } from "../../src/keys/key-ring.ts";
import { nodePrimitives } from "../../src/primitives/node.ts";
import { SecretBytes } from "../../src/secret-bytes.ts";
import { clientOptions, gatewayOptions, secretsOf, spent, unlimited } from "../fixtures/handshakes.ts";
import { bundleOf, makeTiers, nowMs, onlineKey, publishedKeys, trustIn } from "../fixtures/key-tiers.ts";
import { backends } from "../primitives/backends.ts";

const tiers = await makeTiers();
const { ring, bundle } = await publishedKeys(tiers);

const handshake = { name: "CryptoError", code: "handshake", message: "the sealed handshake failed" };

/** Both ends of one handshake, nothing changed on the way. */
async function complete(
  client: Partial<ClientHandshakeOptions> = {},
  gateway: Partial<GatewayHandshakeOptions> = {},
  within: { readonly client?: RunningSession; readonly gateway?: RunningSession } = {},
): Promise<{ readonly client: EstablishedSession; readonly gateway: EstablishedSession; readonly sizes: number[] }> {
  const inside = within.client === undefined ? {} : { within: within.client };
  const { message, awaiting } = await startHandshake(clientOptions(bundle, { ...client, ...inside }));
  const responder = new AwaitingFirstMessage(gatewayOptions(ring, gateway), unlimited, within.gateway);
  const answer = await responder.receive(message);
  const session = await awaiting.receive(answer.message);
  return { client: session, gateway: answer.session, sizes: [message.length, answer.message.length] };
}

/** Message 1 of a client, to be changed on the way. */
async function firstMessage(changes: Partial<ClientHandshakeOptions> = {}): Promise<Uint8Array<ArrayBuffer>> {
  const { message, awaiting } = await startHandshake(clientOptions(bundle, changes));
  awaiting.dispose();
  return message;
}

/** What a gateway does with a message 1. */
function receive(
  message: Uint8Array,
  changes: Partial<GatewayHandshakeOptions> = {},
  address: Budget = unlimited,
): Promise<unknown> {
  return new AwaitingFirstMessage(gatewayOptions(ring, changes), address).receive(message);
}

describe("a handshake", () => {
  for (const one of backends) {
    for (const other of backends) {
      test(`${one.backend} with a gateway on ${other.backend}: both ends have the same secrets (HS-1)`, async () => {
        const { client, gateway, sizes } = await complete({ primitives: one }, { primitives: other });
        assert.deepEqual(secretsOf(client), secretsOf(gateway));
        assert.equal(new Set(secretsOf(client)).size, 3, "directions and exporter must differ (SR-0.2)");
        assert.deepEqual(client.transcriptHash, gateway.transcriptHash);
        assert.deepEqual(sizes, [2_423, 1_160]);
        assert.equal(client.serverTimeMs, nowMs);
      });
    }
  }

  test("two handshakes of one key share no secret", async () => {
    const secrets = [...secretsOf((await complete()).client), ...secretsOf((await complete()).client)];
    assert.equal(new Set(secrets).size, 6);
  });

  test("the gateway chooses the client's first suite that it has (HS-1.5)", async () => {
    assert.equal((await complete()).client.suite, 0x0001);
    assert.equal((await complete({ suites: [0x0002, 0x0001] })).client.suite, 0x0002);
    assert.equal((await complete({}, { suites: [0x0002] })).gateway.suite, 0x0002);
    await assert.rejects(receive(await firstMessage({ suites: [0x0001] }), { suites: [0x0002] }), handshake);
  });

  test("is under AES-256-GCM whatever suite is chosen, and each of its keys works once, with nonce 0 (HS-1.1)", async () => {
    const uses: { readonly algorithm: string; readonly nonces: Uint8Array[] }[] = [];
    const counting: ClientHandshakeOptions["primitives"] = {
      ...nodePrimitives,
      importAead(algorithm, secret) {
        const key = nodePrimitives.importAead(algorithm, secret);
        const nonces: Uint8Array[] = [];
        uses.push({ algorithm, nonces });
        return {
          ...key,
          seal(nonce, ...rest) {
            nonces.push(nonce);
            return key.seal(nonce, ...rest);
          },
          open(nonce, ...rest) {
            nonces.push(nonce);
            return key.open(nonce, ...rest);
          },
        };
      },
    };
    const { client } = await complete({ primitives: counting, suites: [0x0002] }, { primitives: counting });
    assert.equal(client.suite, 0x0002);
    assert.equal(uses.length, 4, "two keys at each end");
    for (const use of uses) assert.deepEqual(use, { algorithm: "aes-256-gcm", nonces: [new Uint8Array(12)] });
  });

  test("lets the event loop go round while the KEM is computed (HS-3.4)", async () => {
    const key = await nodePrimitives.kem.generate();
    const { ciphertext, secret } = await nodePrimitives.kem.encapsulate(key.publicKey);
    let rounds = 0;
    let timer = setImmediate(function again() {
      rounds += 1;
      timer = setImmediate(again);
    });
    // Work that is done at once would end before the first round, however often it is asked for.
    for (let count = 0; count < 10; count += 1) assert.ok((await key.decapsulate(ciphertext)).equals(secret));
    clearImmediate(timer);
    assert.ok(rounds > 0, "ten decapsulations and not one round");
    key.dispose();
  });

  test("limits can be lowered by either end and raised by none (HS-1.7)", async () => {
    const low = { maxPlaintextBytes: 2_048, maxMessageBytes: 4_096 };
    assert.deepEqual((await complete({ limits: low })).client.limits, low);
    assert.deepEqual((await complete({}, { limits: low })).client.limits, low);
    for (const limits of [
      { maxPlaintextBytes: 61_441, maxMessageBytes: 4_096 },
      { maxPlaintextBytes: 1_023, maxMessageBytes: 4_096 },
      { maxPlaintextBytes: 2_048, maxMessageBytes: 2 ** 31 },
    ]) {
      await assert.rejects(complete({}, { limits }), handshake);
    }
  });
});

describe("message 1 is refused", () => {
  test("for another origin, path, version or mode, and taken with the right ones (HS-1.4)", async () => {
    await receive(await firstMessage());
    await assert.rejects(receive(await firstMessage({ origin: "https://chat.example.evil.test" })), handshake);
    await assert.rejects(receive(await firstMessage({ path: "/ws2" })), handshake);
    const older = await firstMessage();
    older[7] = 2;
    await assert.rejects(receive(older), handshake);
    const running = { exporter: SecretBytes.random(32), suite: 0x0001 as const };
    await assert.rejects(receive(await firstMessage({ within: running })), handshake);
  });

  test("with any byte changed: header, skem, e, payload or tag (HS-1.2)", async () => {
    const message = await firstMessage();
    const places = [0, 1, 3, 7, 12, 20, 35, 50, 68, 70, 1_000, 1_188, 1_190, 2_300, 2_405, 2_406, 2_422];
    for (const at of places) {
      const changed = message.slice();
      changed[at] = (changed[at] as number) ^ 1;
      await assert.rejects(receive(changed), ({ code }: { code: string }) => {
        return code === "handshake" || (code === "unknown-key" && at > 20 && at < 50);
      });
    }
    await receive(message);
  });

  test("cut off at any field, or with a byte too many (HS-1.3)", async () => {
    const message = await firstMessage();
    for (const length of [0, 1, 2, 3, 40, 69, 70, 71, 1_189, 1_190, 2_405, 2_406, 2_422]) {
      await assert.rejects(receive(message.subarray(0, length)), handshake, String(length));
    }
    await assert.rejects(receive(Uint8Array.of(...message, 0)), handshake);
    await assert.rejects(receive(new Uint8Array(70_000).fill(1)), handshake);
  });

  test("with the suite list stripped or reordered, even to a suite the gateway has (HS-1.2)", async () => {
    const message = await firstMessage({ suites: [0x0001, 0x0002] });
    const suites = message.indexOf(2, 8);
    assert.deepEqual([...message.subarray(suites, suites + 7)], [2, 0, 4, 0, 1, 0, 2]);
    const reordered = message.slice();
    reordered.set([2, 0, 4, 0, 2, 0, 1], suites);
    await assert.rejects(receive(reordered), handshake);
    const stripped = Uint8Array.of(...message.subarray(0, suites), 2, 0, 2, 0, 2, ...message.subarray(suites + 7));
    stripped[2] = (stripped[2] as number) - 2;
    await assert.rejects(receive(stripped), handshake);
  });

  test("for a bundle or a kid that the gateway does not have, with its own code (HS-1.6)", async () => {
    const unknown = { name: "CryptoError", code: "unknown-key" };
    await assert.rejects(receive(await firstMessage({ bundle: { ...bundle, version: 8 } })), unknown);
    await assert.rejects(receive(await firstMessage({ bundle: { ...bundle, kid: new Uint8Array(8) } })), unknown);
  });

  test("for another bundle of the same version: its hash is in the transcript (HS-1.2)", async () => {
    await assert.rejects(receive(await firstMessage({ bundle: { ...bundle, hash: new Uint8Array(32) } })), handshake);
  });

  test("for a kid that was revoked, and taken before (KB-1.6)", async () => {
    const key = await onlineKey();
    const other = await onlineKey();
    const keys = new KeyRing({ primitives: nodePrimitives, now: () => nowMs });
    const signed = await issueBundle(tiers.delegate, bundleOf(tiers, [key]));
    await keys.publish(signed, [key]);
    const verdict = await checkBundle(nodePrimitives, signed, trustIn(tiers));
    assert.ok("bundle" in verdict);
    await receive(await firstMessage({ bundle: verdict.bundle }), { keys });
    const revoking = bundleOf(tiers, [other], { version: 8, revokedKids: [key.kid] });
    await keys.publish(await issueBundle(tiers.delegate, revoking), [other]);
    await assert.rejects(receive(await firstMessage({ bundle: verdict.bundle }), { keys }), { code: "unknown-key" });
  });

  test("by the client, when the gateway's key is malformed (HS-4.2)", async () => {
    const malformed = { ...bundle, publicKey: new Uint8Array(1_216).fill(0xff) };
    await assert.rejects(startHandshake(clientOptions(malformed)), handshake);
  });

  test("with a malformed key of the client, although everything else fits (HS-4.2)", async () => {
    // A client that is able to seal, but sends a key outside the field of ML-KEM, or an X25519 share of order 1.
    const bad = { ff: new Uint8Array(1_184).fill(0xff), zero: new Uint8Array(32) };
    for (const [from, part] of [[0, bad.ff] as const, [1_184, bad.zero] as const]) {
      const kem = nodePrimitives.kem;
      const forging = {
        ...nodePrimitives,
        kem: {
          ...kem,
          async generate() {
            const key = await kem.generate();
            key.publicKey.set(part, from);
            return key;
          },
        },
      };
      await assert.rejects(receive(await firstMessage({ primitives: forging })), handshake);
    }
  });
});

describe("work that message 1 makes", () => {
  test("a socket has one message 1 (HS-3.1)", async () => {
    const responder = new AwaitingFirstMessage(gatewayOptions(ring), unlimited);
    await responder.receive(await firstMessage());
    await assert.rejects(responder.receive(await firstMessage()), handshake);
  });

  test("a replayed message 1 is refused before any KEM, and a fresh one is taken (HS-3.2)", async () => {
    const message = await firstMessage();
    const seen = new SeenCiphertexts();
    const { keys, kems } = countingKeys();
    await receive(message, { seen, keys });
    await assert.rejects(receive(message, { seen, keys }), handshake);
    assert.equal(kems(), 1);
    await receive(await firstMessage(), { seen, keys });
    assert.equal(kems(), 2);
  });

  test("the cache of ciphertexts is bounded, by kid and in all (HS-3.2)", () => {
    const seen = new SeenCiphertexts(2);
    const hash = (value: number): Uint8Array => new Uint8Array(32).fill(value);
    const kid = (value: number): Uint8Array => new Uint8Array(8).fill(value);
    assert.deepEqual(
      [1, 2, 2, 3, 2, 1].map((value) => seen.add(kid(0), hash(value))),
      [true, true, false, true, false, true],
    );
    for (let other = 1; other <= 16; other += 1) assert.ok(seen.add(kid(other), hash(9)));
    assert.ok(seen.add(kid(0), hash(3)), "the oldest kid was not forgotten");
    assert.equal(seen.add(kid(16), hash(9)), false);
  });

  test("an address or a process without budget is refused before any KEM (HS-3.2)", async () => {
    const taken: number[] = [];
    const counting: Budget = { take: (cost) => Number(taken.push(cost) < 0) };
    await receive(await firstMessage(), { kemBudget: counting }, counting);
    assert.deepEqual(taken, [1, handshakeCostMicroseconds]);
    const { keys, kems } = countingKeys();
    await assert.rejects(receive(await firstMessage(), { keys }, spent), handshake);
    await assert.rejects(receive(await firstMessage(), { keys, kemBudget: spent }), handshake);
    assert.equal(kems(), 0);
    await receive(await firstMessage(), { keys });
    assert.equal(kems(), 1);
  });

  test("nothing is encapsulated for a client that could not seal payload 1 (HS-3.3)", async () => {
    let encapsulations = 0;
    const { kem } = nodePrimitives;
    const encapsulate: typeof kem.encapsulate = (publicKey) => {
      encapsulations += 1;
      return kem.encapsulate(publicKey);
    };
    const primitives = { ...nodePrimitives, kem: { ...kem, encapsulate } };
    const message = await firstMessage();
    message[2_422] = (message[2_422] as number) ^ 1;
    await assert.rejects(receive(message, { primitives }), handshake);
    assert.equal(encapsulations, 0);
    await receive(await firstMessage(), { primitives });
    assert.equal(encapsulations, 1);
  });
});

/** The ring's keys, and how often one of them has decapsulated. */
function countingKeys(): { readonly keys: HandshakeKeys; readonly kems: () => number } {
  let count = 0;
  const keys: HandshakeKeys = {
    bundleHash: (version) => ring.bundleHash(version),
    take(kid) {
      const key = ring.take(kid);
      if (key === undefined) return undefined;
      const { publicKey, privateKey } = key;
      const decapsulate = (ciphertext: Uint8Array): Promise<SecretBytes> => {
        count += 1;
        return privateKey.decapsulate(ciphertext);
      };
      return { publicKey, privateKey: { ...privateKey, decapsulate } };
    },
  };
  return { keys, kems: () => count };
}

describe("message 2 is refused", () => {
  test("with any part changed, cut off or longer (HS-4.2)", async () => {
    const change = async (edit: (message: Uint8Array<ArrayBuffer>) => Uint8Array): Promise<void> => {
      const { message, awaiting } = await startHandshake(clientOptions(bundle));
      const answer = await new AwaitingFirstMessage(gatewayOptions(ring), unlimited).receive(message);
      await assert.rejects(awaiting.receive(edit(answer.message)), handshake);
    };
    for (const at of [0, 1, 1_088, 1_089, 1_120, 1_121, 1_159]) {
      await change((message) => message.map((byte, index) => (index === at ? byte ^ 1 : byte)));
    }
    for (const length of [0, 1, 1_120, 1_121, 1_136, 1_137, 1_159]) await change((message) => message.slice(0, length));
    await change((message) => Uint8Array.of(...message, 0));
  });

  test("of another handshake with the same gateway: no splice across connections (HS-1.2)", async () => {
    const one = await startHandshake(clientOptions(bundle));
    const other = await startHandshake(clientOptions(bundle));
    const answer = await new AwaitingFirstMessage(gatewayOptions(ring), unlimited).receive(other.message);
    await assert.rejects(one.awaiting.receive(answer.message), handshake);
    await other.awaiting.receive(answer.message);
  });

  test("from a man in the middle with a key of his own (KB-1.1)", async () => {
    const key = await onlineKey();
    const keys = {
      bundleHash: (version: number) => ring.bundleHash(version),
      take: () => ({ publicKey: bundle.publicKey, privateKey: key.privateKey }),
    };
    await assert.rejects(receive(await firstMessage(), { keys }), handshake);
    const { awaiting } = await startHandshake(clientOptions(bundle));
    const mine = await startHandshake(clientOptions({ ...bundle, publicKey: key.publicKey }));
    const answer = await new AwaitingFirstMessage(
      gatewayOptions(ring, { keys: { ...keys, take: () => key } }),
      unlimited,
    ).receive(mine.message);
    await assert.rejects(awaiting.receive(answer.message), handshake);
  });

  test("when it comes twice, or after one that failed (HS-4.3)", async () => {
    const { message, awaiting } = await startHandshake(clientOptions(bundle));
    const answer = await new AwaitingFirstMessage(gatewayOptions(ring), unlimited).receive(message);
    await assert.rejects(awaiting.receive(new Uint8Array(1_160).fill(2)), handshake);
    await assert.rejects(awaiting.receive(answer.message), handshake);
  });

  test("when the echo is not what was offered, although it was sealed by the gateway (HS-1.7)", async () => {
    const { message, awaiting } = await startHandshake(clientOptions(bundle, { suites: [0x0002, 0x0001] }));
    const edit = { offered: [0x0001], suite: 0x0001 };
    await assert.rejects(awaiting.receive(await answerWith(message, edit)), handshake);
    const unoffered = await startHandshake(clientOptions(bundle, { suites: [0x0001] }));
    await assert.rejects(
      unoffered.awaiting.receive(await answerWith(unoffered.message, { offered: [0x0001], suite: 0x0002 })),
      handshake,
    );
    const honest = await startHandshake(clientOptions(bundle, { suites: [0x0001] }));
    await honest.awaiting.receive(await answerWith(honest.message, { offered: [0x0001], suite: 0x0001 }));
  });

  test("the plaintext error stands in its place with a code of its own, byte for byte (HS-1.6)", async () => {
    const { awaiting } = await startHandshake(clientOptions(bundle));
    await assert.rejects(awaiting.receive(unknownKeyMessage), { code: "unknown-key" });
    for (const almost of [Uint8Array.of(3, 1, 0, 2), Uint8Array.of(3, 1, 0), Uint8Array.of(3, 1, 0, 1, 0)]) {
      const again = await startHandshake(clientOptions(bundle));
      await assert.rejects(again.awaiting.receive(almost), handshake);
    }
  });
});

/** Message 2 of a gateway that seals other terms than the protocol allows it to. */
async function answerWith(
  message: Uint8Array,
  edit: { readonly offered: readonly number[]; readonly suite: number },
): Promise<Uint8Array> {
  const importAead = nodePrimitives.importAead;
  const terms = Uint8Array.of(edit.offered.length, ...edit.offered.flatMap((suite) => [0, suite]), 0, edit.suite);
  const primitives = {
    ...nodePrimitives,
    importAead(...parameters: Parameters<typeof importAead>) {
      const key = importAead(...parameters);
      const seal: typeof key.seal = (nonce, associatedData, payload) =>
        key.seal(nonce, associatedData, Uint8Array.of(...terms, ...payload.subarray(payload.length - 16)));
      return { ...key, seal };
    },
  };
  return (await new AwaitingFirstMessage(gatewayOptions(ring, { primitives }), unlimited).receive(message)).message;
}

describe("a fresh handshake in a session (HS-5)", () => {
  test("gives new secrets when both ends have the old exporter", async () => {
    const before = await complete();
    const { client, gateway } = await complete({}, {}, { client: before.client, gateway: before.gateway });
    assert.deepEqual(secretsOf(client), secretsOf(gateway));
    assert.equal(new Set([...secretsOf(client), ...secretsOf(before.client)]).size, 6);
  });

  test("fails with the exporter of another session, and outside one", async () => {
    const [one, other] = [await complete(), await complete()];
    await assert.rejects(complete({}, {}, { client: one.client, gateway: other.gateway }), handshake);
    await assert.rejects(complete({}, {}, { client: one.client }), handshake);
    await assert.rejects(complete({}, {}, { gateway: one.gateway }), handshake);
  });

  test("keeps the suite in force, whatever is offered or preferred", async () => {
    const before = await complete({ suites: [0x0002] });
    const { client } = await complete({ suites: [0x0001] }, {}, { client: before.client, gateway: before.gateway });
    assert.equal(client.suite, 0x0002);
  });

  test("is refused when more than the suite in force is offered, although both ends agree on every byte", async () => {
    const { client, gateway } = await complete();
    const offering = async (suites: readonly Suite[]): Promise<unknown> => {
      // Outside a session a client may offer what it likes; this one puts the session's mode and exporter to it.
      const headerBytes = encodeHeader({ ...headerOf(client.suite), suites });
      const prologue = handshakePrologue(headerBytes, bundle.hash, client);
      return new AwaitingFirstMessage(gatewayOptions(ring), unlimited, gateway).receive(
        await sealFirstMessage(headerBytes, prologue),
      );
    };
    await assert.rejects(offering([client.suite, 0x0002]), handshake);
    await offering([client.suite]);
  });

  test("says nothing in plaintext, an unknown key neither", async () => {
    const { gateway, client } = await complete();
    const message = await firstMessage({ bundle: { ...bundle, version: 9 }, within: client });
    const inside = new AwaitingFirstMessage(gatewayOptions(ring), unlimited, gateway);
    await assert.rejects(inside.receive(message), handshake);
    const { awaiting } = await startHandshake(clientOptions(bundle, { within: client }));
    await assert.rejects(awaiting.receive(unknownKeyMessage), handshake);
  });
});

/** The header of a fresh handshake inside a session. */
function headerOf(suite: Suite): HandshakeHeader {
  const { version: bundleVersion, kid } = bundle;
  return { version: 1, suites: [suite], mode: 2, bundleVersion, kid, origin: "https://chat.example", path: "/ws" };
}

/** Message 1 under a header that our own client would not send. */
async function sealFirstMessage(headerBytes: Uint8Array, prologue: Uint8Array): Promise<Uint8Array> {
  const transcript = await Transcript.start(nodePrimitives, prologue, bundle.publicKey);
  const ephemeral = await nodePrimitives.kem.generate();
  const { ciphertext, secret } = await nodePrimitives.kem.encapsulate(bundle.publicKey);
  await transcript.mixHash(ciphertext);
  await transcript.mixKeyAndHash(secret);
  await transcript.mixHash(ephemeral.publicKey);
  const payload = await transcript.seal(encodeFeatures());
  return Uint8Array.of(...headerBytes, ...ciphertext, ...ephemeral.publicKey, ...payload);
}

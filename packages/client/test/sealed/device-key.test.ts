import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, type TestContext, test } from "node:test";
import { fromBase64url, toBase64url } from "@wardwire/crypto/base64url";
import { type ProofBinding, verifyDeviceProof } from "@wardwire/crypto/handshake/device-proof";
import { rehandshakeTimes } from "@wardwire/crypto/session-records/rehandshake-clock";
import type { ClientFrame } from "@wardwire/wire/frames";
import type { DeviceKey } from "../../src/connect.ts";
import { startClient } from "../support/start-client.ts";
import { settle } from "../support/virtual-clock.ts";
import { canary, reaches, type SealedRig, startSealed } from "./support/start-sealed.ts";

const algorithms = {
  Ed25519: { name: "Ed25519" },
  "P-256": { name: "ECDSA", namedCurve: "P-256" },
} as const;

async function newKey(algorithm: keyof typeof algorithms = "Ed25519"): Promise<CryptoKeyPair> {
  return (await crypto.subtle.generateKey(algorithms[algorithm], false, ["sign", "verify"])) as CryptoKeyPair;
}

/** Whether a frame has a proof of this key, bound to this and to its token. */
async function isProved(
  { publicKey }: CryptoKeyPair,
  binding: ProofBinding,
  frame: { readonly token?: string; readonly proof?: string },
): Promise<boolean> {
  const jwk = await crypto.subtle.exportKey("jwk", publicKey);
  return verifyDeviceProof(jwk, binding, frame.token ?? "", fromBase64url(frame.proof ?? "") ?? new Uint8Array(0));
}

type Renew = ClientFrame & { readonly type: "renew" };

const nonces = [1, 2].map((byte) => new Uint8Array(32).fill(byte)) as [
  Uint8Array<ArrayBuffer>,
  Uint8Array<ArrayBuffer>,
];

/** A connected client with this key, whose gateway gives nonces; and its renewals, as they come. */
async function startRenewing(
  t: TestContext,
  key: CryptoKeyPair,
): Promise<SealedRig<undefined> & { readonly renewals: Renew[] }> {
  const renewals: Renew[] = [];
  let tokens = 0;
  const token = (): string => {
    tokens += 1;
    return `token-${tokens}`;
  };
  const rig = await startSealed(t, { deviceKey: key, token, prepare: ({ gateway }) => giveNonces(gateway, renewals) });
  await reaches(rig.client, "connected");
  return { ...rig, renewals };
}

/** Has a gateway give a nonce with every answer, and note what renews. */
function giveNonces(gateway: SealedRig<undefined>["gateway"], renewals: Renew[]): void {
  gateway.onSession = (session) => {
    session.onConnect = ({ id }) =>
      session.authorize(id, { renewalNonce: toBase64url(nonces[0]), heartbeatMs: 2 * rehandshakeTimes.dueAfterMs });
    session.onRenew = (frame) => {
      renewals.push(frame);
      const renewalNonce = toBase64url(nonces[renewals.length] ?? nonces[0]);
      session.send({ type: "renewed", id: frame.id, expiresAt: 4_000_000_000_000, renewalNonce });
    };
  };
}

for (const algorithm of Object.keys(algorithms) as (keyof typeof algorithms)[]) {
  describe(`a client with an ${algorithm} key that cannot be exported (AU-2)`, async () => {
    const key = await newKey(algorithm);

    test("shows its token in AUTH with a proof for this handshake, and for no other", async (t) => {
      const { client, gateway } = await startSealed(t, { deviceKey: key });
      await reaches(client, "connected");
      const { received, established } = gateway.latest;
      const [frame] = received;
      assert.ok(frame?.type === "connect");
      assert.equal(frame.token, canary);
      const { transcriptHash } = established;
      assert.equal(await isProved(key, { role: "auth", transcriptHash }, frame), true);
      const other = { role: "auth", transcriptHash: new Uint8Array(32) } as const;
      assert.equal(await isProved(key, other, frame), false);
    });

    test("renews with a proof over the nonce given last and the exporter in force", async (t) => {
      const { client, gateway, renewals } = await startRenewing(t, key);
      await client.setToken("token-a");
      await client.setToken("token-b");
      const { exporter } = gateway.latest.established;
      assert.deepEqual(
        renewals.map(({ token }) => token),
        ["token-a", "token-b"],
      );
      for (const [index, frame] of renewals.entries()) {
        const nonce = nonces[index] ?? assert.fail();
        assert.equal(await isProved(key, { role: "renewal", exporter, nonce }, frame), true);
        const another = nonces[1 - index] ?? assert.fail();
        assert.equal(await isProved(key, { role: "renewal", exporter, nonce: another }, frame), false);
      }
    });
  });
}

describe("a client's device key (AU-2)", async () => {
  const key = await newKey();

  test("signs the exporter of a fresh handshake once that is in force (SR-5)", async (t) => {
    const { client, gateway, clock, keys, renewals } = await startRenewing(t, key);
    const { established: before } = gateway.latest;
    const freshened = once(client, "security");
    await keys.publish();
    await clock.advance(rehandshakeTimes.dueAfterMs);
    await freshened;
    await settle();
    await client.setToken("token-a");
    const { established: after } = gateway.latest;
    assert.notEqual(after, before);
    const [frame] = renewals.slice(-1);
    assert.ok(frame !== undefined);
    const nonce = nonces[renewals.length - 1] ?? assert.fail();
    assert.equal(await isProved(key, { role: "renewal", exporter: after.exporter, nonce }, frame), true);
    assert.equal(await isProved(key, { role: "renewal", exporter: before.exporter, nonce }, frame), false);
  });

  test("makes proofs of nothing but tokens: frames of other kinds go as they are", async (t) => {
    const { client, gateway } = await startSealed(t, { deviceKey: key });
    await reaches(client, "connected");
    await client.call("echo", { type: "connect", token: "not shown" });
    const [, frame] = gateway.latest.received;
    assert.deepEqual(frame, { type: "call", id: 2, command: "echo", input: { type: "connect", token: "not shown" } });
  });

  test("makes no proof for a ticket, nor for a renewal that no nonce was given for", async (t) => {
    const withTicket = await startSealed(t, { deviceKey: key, token: undefined, ticket: () => "a-ticket" } as never);
    await reaches(withTicket.client, "connected");
    assert.deepEqual(withTicket.gateway.latest.received[0], { type: "connect", id: 1, ticket: "a-ticket" });
    const { client, gateway } = await startSealed(t, { deviceKey: key });
    await reaches(client, "connected");
    await client.setToken("token-a");
    assert.deepEqual(gateway.latest.received[1], { type: "renew", id: 2, token: "token-a" });
  });

  test("left out, there is no proof", async (t) => {
    const { client, gateway } = await startSealed(t);
    await reaches(client, "connected");
    assert.deepEqual(gateway.latest.received[0], { type: "connect", id: 1, token: canary });
  });

  test("needs serverKey: nothing could be proved without a sealed connection", async (t) => {
    await assert.rejects(startClient(t, { deviceKey: key }), { code: "protection-required", message: /deviceKey/ });
  });

  test("that cannot sign proofs ends the client before anything is sent", async (t) => {
    const { publicKey } = key;
    const p384 = (await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-384" }, false, [
      "sign",
      "verify",
    ])) as CryptoKeyPair;
    const agreement = (await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, [
      "deriveBits",
    ])) as CryptoKeyPair;
    const hmac = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const bad: readonly unknown[] = [
      { privateKey: publicKey },
      p384,
      agreement,
      { privateKey: hmac },
      {},
      null,
      key.privateKey,
    ];
    for (const deviceKey of bad) {
      const { client, wires } = await startSealed(t, { deviceKey: deviceKey as DeviceKey });
      const { reason } = await reaches(client, "closed");
      assert.equal(reason.code, "invalid-device-key");
      assert.deepEqual([wires.all.length, wires.fetched.length], [0, 0]);
    }
  });

  test("never shows: neither token nor proof can be seen on the way", async (t) => {
    const { client, gateway, wires } = await startSealed(t, { deviceKey: { privateKey: key.privateKey } });
    await reaches(client, "connected");
    const [frame] = gateway.latest.received;
    assert.ok(frame?.type === "connect" && frame.proof !== undefined);
    for (const secret of [frame.proof, canary]) assert.ok(!wires.recording.includes(secret));
  });
});

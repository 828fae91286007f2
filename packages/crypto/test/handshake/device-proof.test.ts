import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ProofBinding, signDeviceProof, verifyDeviceProof } from "../../src/handshake/device-proof.ts";
import { SecretBytes } from "../../src/secret-bytes.ts";

const algorithms = {
  Ed25519: { name: "Ed25519" },
  "P-256": { name: "ECDSA", namedCurve: "P-256" },
} as const;

const transcriptHash = new Uint8Array(32).fill(1);
const auth: ProofBinding = { role: "auth", transcriptHash };
const token = "header.claims.sig";

for (const [name, algorithm] of Object.entries(algorithms)) {
  describe(`a device proof with ${name} (AU-2)`, async () => {
    const pair = (await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"])) as CryptoKeyPair;
    const jwk = await crypto.subtle.exportKey("jwk", pair.publicKey);
    const proof = await signDeviceProof(pair.privateKey, auth, token);

    test("verifies for its token and its handshake, by a key that cannot be exported", async () => {
      assert.equal(pair.privateKey.extractable, false);
      assert.equal(await verifyDeviceProof(jwk, auth, token, proof), true);
    });

    test("counts for no other token, handshake or key: a stolen token is no use", async () => {
      assert.equal(await verifyDeviceProof(jwk, auth, `${token}x`, proof), false);
      const spliced = { role: "auth", transcriptHash: new Uint8Array(32).fill(2) } as const;
      assert.equal(await verifyDeviceProof(jwk, spliced, token, proof), false);
      const other = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
      const otherJwk = await crypto.subtle.exportKey("jwk", other.publicKey);
      assert.equal(await verifyDeviceProof(otherJwk, auth, token, proof), false);
      assert.equal(await verifyDeviceProof(jwk, auth, token, proof.subarray(1)), false);
    });

    test("of a renewal is bound to exporter and nonce, and is none for AUTH", async () => {
      const exporter = SecretBytes.copyOf(transcriptHash);
      const renewal: ProofBinding = { role: "renewal", exporter, nonce: new Uint8Array(32) };
      const renewed = await signDeviceProof(pair.privateKey, renewal, token);
      assert.equal(await verifyDeviceProof(jwk, renewal, token, renewed), true);
      const replayed: ProofBinding = { role: "renewal", exporter, nonce: new Uint8Array(32).fill(1) };
      assert.equal(await verifyDeviceProof(jwk, replayed, token, renewed), false);
      // The same bytes in both places, so that only the role tells them apart.
      assert.equal(await verifyDeviceProof(jwk, auth, token, renewed), false);
      assert.equal(await verifyDeviceProof(jwk, renewal, token, proof), false);
    });
  });
}

describe("a device key", () => {
  test("of another kind proves nothing, and its algorithm is not the token's to choose", async () => {
    const pair = (await crypto.subtle.generateKey(algorithms["P-256"], true, ["sign", "verify"])) as CryptoKeyPair;
    const proof = await signDeviceProof(pair.privateKey, auth, token);
    const jwk = await crypto.subtle.exportKey("jwk", pair.publicKey);
    const text = (value: unknown): string => value as string;
    for (const bad of [
      { ...jwk, crv: "P-384" },
      { ...jwk, kty: "oct", k: text(jwk.x) },
      { ...jwk, kty: "RSA", n: text(jwk.x), e: "AQAB" },
      { ...jwk, y: text(jwk.x) },
      {},
    ]) {
      assert.equal(await verifyDeviceProof(bad, auth, token, proof), false);
    }
    const steered = { ...jwk, alg: "ES512", key_ops: ["sign"], ext: false };
    assert.equal(await verifyDeviceProof(steered, auth, token, proof), true);
  });

  test("for encryption cannot sign a proof", async () => {
    const key = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    await assert.rejects(signDeviceProof(key, auth, token), { code: "handshake" });
  });
});

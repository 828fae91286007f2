import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AeadKey, SignatureScheme } from "../../src/primitives/primitives.ts";
import { SecretBytes } from "../../src/secret-bytes.ts";
import { backends, keyExchanges } from "./backends.ts";

const invalidLength = { name: "CryptoError", code: "invalid-length" };
const invalidKey = { name: "CryptoError", code: "invalid-key" };

/** Runs something that throws at once or rejects later, as backends differ in. */
function refuses(action: () => unknown, expected: object): Promise<void> {
  return assert.rejects(async () => action(), expected);
}

for (const primitives of backends) {
  describe(`the primitives of ${primitives.backend}`, () => {
    test("an AEAD takes keys of 32 bytes and nonces of 12 only (R47)", async () => {
      for (const algorithm of ["aes-256-gcm", "chacha20-poly1305"] as const) {
        for (const length of [16, 24, 31, 33, 64]) {
          await refuses(() => primitives.importAead(algorithm, SecretBytes.random(length)), invalidLength);
        }
        const key: AeadKey = await primitives.importAead(algorithm, SecretBytes.random(32));
        for (const length of [0, 8, 11, 13, 16]) {
          const nonce = new Uint8Array(length);
          await refuses(() => key.seal(nonce, new Uint8Array(0), new Uint8Array(1)), invalidLength);
          assert.equal(await key.open(nonce, new Uint8Array(0), new Uint8Array(32)), undefined);
        }
      }
    });

    test("open() answers undefined for every bit flipped, every length, and nothing else", async () => {
      for (const algorithm of ["aes-256-gcm", "chacha20-poly1305"] as const) {
        const key: AeadKey = await primitives.importAead(algorithm, SecretBytes.random(32));
        const nonce = new Uint8Array(12).fill(1);
        const aad = Uint8Array.of(1, 2, 3);
        const sealed = await key.seal(nonce, aad, Uint8Array.of(9, 8, 7));
        for (let bit = 0; bit < sealed.length * 8; bit += 1) {
          const changed = sealed.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
          assert.equal(await key.open(nonce, aad, changed), undefined);
        }
        for (let length = 0; length < sealed.length; length += 1) {
          assert.equal(await key.open(nonce, aad, sealed.subarray(0, length)), undefined);
        }
        assert.equal(await key.open(nonce, aad.subarray(1), sealed), undefined);
        assert.deepEqual(await key.open(nonce, aad, sealed), Uint8Array.of(9, 8, 7));
      }
    });

    test("an AEAD key outlives the secret it was made of, and works on parts of larger arrays", async () => {
      const secret = SecretBytes.random(32);
      const key: AeadKey = await primitives.importAead("aes-256-gcm", secret);
      secret.dispose();
      const whole = Uint8Array.from({ length: 60 }, (_, index) => index);
      const sealed = await key.seal(whole.subarray(2, 14), whole.subarray(20, 25), whole.subarray(30, 40));
      const padded = Uint8Array.of(0, ...sealed, 0).subarray(1, -1);
      assert.deepEqual(await key.open(whole.slice(2, 14), whole.slice(20, 25), padded), whole.slice(30, 40));
      assert.equal(sealed.buffer.byteLength, sealed.length, "the result shares memory");
    });

    test("HKDF-Expand gives 1 to 8,160 bytes", async () => {
      const prk = SecretBytes.random(32);
      for (const length of [0, 8_161, 1.5, Number.NaN]) {
        await refuses(() => primitives.hkdfExpand(prk, new Uint8Array(0), length), invalidLength);
      }
      assert.equal((await primitives.hkdfExpand(prk, new Uint8Array(0), 8_160)).length, 8_160);
    });

    test("X-Wing refuses keys and seeds of another length, and a ciphertext too", async () => {
      const { kem } = primitives;
      for (const length of [31, 33, 64]) await refuses(() => kem.fromSeed(SecretBytes.random(length)), invalidLength);
      for (const length of [0, 1_184, 1_215, 1_217]) {
        await refuses(() => kem.encapsulate(new Uint8Array(length)), invalidKey);
      }
      const key = await kem.generate();
      for (const length of [0, 1_088, 1_119, 1_121]) {
        await refuses(() => key.decapsulate(new Uint8Array(length)), invalidLength);
      }
    });

    test("X-Wing rejects implicitly: a changed ciphertext gives another secret, and no error (HS-4.2)", async () => {
      const key = await primitives.kem.generate();
      const { ciphertext, secret } = await primitives.kem.encapsulate(key.publicKey);
      for (const at of [0, 1_087, 1_088, 1_119]) {
        const changed = ciphertext.map((byte, index) => (index === at ? byte ^ 1 : byte));
        assert.equal((await key.decapsulate(changed)).equals(secret), false);
      }
      assert.ok((await key.decapsulate(ciphertext)).equals(secret));
    });

    test("a share of small order gives a secret that nobody knows, not one that is known (HS-4.2)", async () => {
      const key = await primitives.kem.generate();
      const { ciphertext } = await primitives.kem.encapsulate(key.publicKey);
      ciphertext.fill(0, 1_088);
      const one = await key.decapsulate(ciphertext);
      assert.equal((await key.decapsulate(ciphertext)).equals(one), false);
      const smallOrder = key.publicKey.slice().fill(0, 1_184);
      await refuses(() => primitives.kem.encapsulate(smallOrder), invalidKey);
    });

    test("what has been disposed of cannot be used", async () => {
      const disposed = { name: "CryptoError", code: "disposed" };
      const seed = SecretBytes.random(32);
      const signer = await primitives.ed25519.signer(seed);
      signer.dispose();
      await refuses(() => signer.sign(new Uint8Array(1)), disposed);
      const key = await primitives.importAead("aes-256-gcm", seed);
      key.dispose();
      await refuses(() => key.seal(new Uint8Array(12), new Uint8Array(0), new Uint8Array(1)), disposed);
      const kem = await primitives.kem.fromSeed(seed);
      kem.dispose();
      await refuses(() => kem.decapsulate(new Uint8Array(1_120)), disposed);
    });

    test("signatures: of another length, message or key they are false; seeds have 32 bytes", async () => {
      for (const scheme of [primitives.ed25519, primitives.mlDsa65] as readonly SignatureScheme[]) {
        await refuses(() => scheme.signer(SecretBytes.random(31)), invalidLength);
        await refuses(() => scheme.verifier(new Uint8Array(scheme.publicKeyBytes - 1)), invalidKey);
        const signer = await scheme.signer(SecretBytes.random(32));
        const verifier = await scheme.verifier(signer.publicKey);
        const message = Uint8Array.of(1, 2, 3);
        const signature = await signer.sign(message);
        assert.equal(signature.length, scheme.signatureBytes);
        assert.equal(await verifier.verify(message, signature), true);
        assert.equal(await verifier.verify(message.subarray(1), signature), false);
        assert.equal(await verifier.verify(message, signature.subarray(1)), false);
        assert.equal(await verifier.verify(message, Uint8Array.of(...signature, 0)), false);
        assert.equal(await verifier.verify(message, new Uint8Array(0)), false);
      }
    });

    test("ML-KEM keys of a seed are the same as on every other backend", async () => {
      const seed = Uint8Array.from({ length: 64 }, (_, index) => index);
      const { publicKey } = await keyExchanges[primitives.backend].mlKem.fromSeed(seed);
      const expected = await keyExchanges.noble.mlKem.fromSeed(seed);
      assert.deepEqual(publicKey, expected.publicKey);
    });
  });
}

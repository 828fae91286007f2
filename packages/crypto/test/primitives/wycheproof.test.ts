import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CryptoError } from "../../src/crypto-error.ts";
import type { AeadAlgorithm, Primitives, SignatureScheme } from "../../src/primitives/primitives.ts";
import { SecretBytes } from "../../src/secret-bytes.ts";
import { toText } from "../vectors/hex.ts";
import { backends, keyExchanges } from "./backends.ts";
import { bytes, missingVectors, type WycheproofCase, wycheproof, xWingVectors } from "./foreign-vectors.ts";

/** A test of this file is skipped by name where the vectors are not there. */
const options = missingVectors === undefined ? {} : { skip: missingVectors };

/** Runs one case after another and says which one failed. */
async function each(cases: readonly WycheproofCase[], check: (one: WycheproofCase) => Promise<void>): Promise<void> {
  assert.notEqual(cases.length, 0, "no case: the test shows nothing");
  for (const one of cases) {
    try {
      await check(one);
    } catch (cause) {
      throw new Error(`case ${one.tcId} (${one["comment"]})`, { cause });
    }
  }
}

/** Whether a promise is refused with CryptoError `invalid-key`; anything else thrown is a failure of its own. */
async function refusesKey(action: () => Promise<unknown> | unknown): Promise<boolean> {
  try {
    await action();
    return false;
  } catch (error) {
    assert.equal((error as CryptoError).code, "invalid-key");
    return true;
  }
}

for (const primitives of backends) {
  describe(`Wycheproof on ${primitives.backend} (R47)`, options, () => {
    aeadTests(primitives, "aes-256-gcm", "aes_gcm_test.json");
    aeadTests(primitives, "chacha20-poly1305", "chacha20_poly1305_test.json");
    test("HKDF-SHA-256 gives the expected bytes", () => hkdf(primitives));
    test("Ed25519 verifies what is valid and nothing else", () =>
      verification(primitives.ed25519, wycheproof("ed25519_test.json"), (one) => edPublicKey(one)));
    test("ML-DSA-65 verifies what is valid and nothing else", () => {
      const cases = wycheproof("mldsa_65_verify_test.json").filter((one) => (one["ctx"] ?? "") === "");
      return verification(primitives.mlDsa65, cases, (one) => bytes(one["publicKey"]));
    });
    test("ML-DSA-65 makes the expected public key of a seed", () => mlDsaKeys(primitives));
    keyExchangeTests(primitives.backend);
    test("X-Wing agrees with the vectors of its draft", () => xWing(primitives));
  });
}

function aeadTests(primitives: Primitives, algorithm: AeadAlgorithm, file: string): void {
  test(`${algorithm} seals and opens byte for byte, and refuses what was modified`, async () => {
    const cases = wycheproof(file, ({ ivSize, keySize, tagSize }) => {
      return ivSize === 96 && keySize === 256 && tagSize === 128;
    });
    await each(cases, async (one) => {
      const key = await primitives.importAead(algorithm, SecretBytes.take(bytes(one["key"])));
      const [nonce, aad, message] = [bytes(one["iv"]), bytes(one["aad"]), bytes(one["msg"])];
      const sealed = bytes(`${one["ct"]}${one["tag"]}`);
      const opened = await key.open(nonce, aad, sealed);
      if (one["result"] === "invalid") return assert.equal(opened, undefined);
      assert.deepEqual(opened, message);
      assert.deepEqual(await key.seal(nonce, aad, message), sealed);
    });
  });
}

function hkdf(primitives: Primitives): Promise<void> {
  return each(wycheproof("hkdf_sha256_test.json"), async (one) => {
    const prk = await primitives.hkdfExtract(bytes(one["salt"]), SecretBytes.take(bytes(one["ikm"])));
    const expand = async (): Promise<SecretBytes> => primitives.hkdfExpand(prk, bytes(one["info"]), one.size);
    if (one["result"] === "invalid") return assert.rejects(expand, { code: "invalid-length" });
    assert.equal((await expand()).use(toText), one["okm"]);
  });
}

function verification(
  scheme: SignatureScheme,
  cases: readonly WycheproofCase[],
  publicKeyOf: (one: WycheproofCase) => Uint8Array,
): Promise<void> {
  return each(cases, async (one) => {
    const publicKey = publicKeyOf(one);
    if (publicKey.length !== scheme.publicKeyBytes) {
      return assert.ok(await refusesKey(() => scheme.verifier(publicKey)));
    }
    const verifier = await scheme.verifier(publicKey);
    assert.equal(await verifier.verify(bytes(one["msg"]), bytes(one["sig"])), one["result"] === "valid");
  });
}

function edPublicKey(one: WycheproofCase): Uint8Array {
  return bytes((one["publicKey"] as unknown as { readonly pk: string }).pk);
}

function mlDsaKeys(primitives: Primitives): Promise<void> {
  const cases = wycheproof("mldsa_65_sign_seed_test.json").filter((one) => bytes(one["privateSeed"]).length === 32);
  return each(cases, async (one) => {
    const signer = await primitives.mlDsa65.signer(SecretBytes.take(bytes(one["privateSeed"])));
    assert.equal(toText(signer.publicKey), one["publicKey"]);
  });
}

function keyExchangeTests(backend: Primitives["backend"]): void {
  const { mlKem, x25519 } = keyExchanges[backend];

  test("ML-KEM-768 makes the expected key of a seed", () =>
    each(wycheproof("mlkem_768_keygen_seed_test.json"), async (one) => {
      assert.equal(toText((await mlKem.fromSeed(bytes(one["seed"]))).publicKey), one["ek"]);
    }));

  test("ML-KEM-768 decapsulates as expected, implicit rejection included", () => {
    const whole = (one: WycheproofCase): boolean =>
      bytes(one["c"]).length === 1_088 && bytes(one["seed"]).length === 64;
    return each(wycheproof("mlkem_768_test.json").filter(whole), async (one) => {
      const key = await mlKem.fromSeed(bytes(one["seed"]));
      assert.equal(toText(await key.decapsulate(bytes(one["c"]))), one["K"]);
    });
  });

  test("ML-KEM-768 refuses all 132 malformed keys and takes the others", async () => {
    let refused = 0;
    await each(wycheproof("mlkem_768_encaps_test.json"), async (one) => {
      const wasRefused = await refusesKey(() => mlKem.encapsulate(bytes(one["ek"])));
      assert.equal(wasRefused, one["result"] === "invalid");
      refused += Number(wasRefused);
    });
    assert.equal(refused, 132);
  });

  test("X25519 agrees, and gives nothing for the 31 shares that would give zeros", async () => {
    let zeros = 0;
    await each(wycheproof("x25519_test.json"), async (one) => {
      const key = await x25519.fromScalar(bytes(one["private"]));
      const agreed = await key.agree(bytes(one["public"]));
      if (agreed === undefined) zeros += 1;
      assert.equal(toText(agreed ?? new Uint8Array(32)), one["shared"]);
    });
    assert.equal(zeros, 31);
  });
}

async function xWing(primitives: Primitives): Promise<void> {
  const vectors = xWingVectors();
  assert.equal(vectors.length, 3);
  for (const vector of vectors) {
    const key = await primitives.kem.fromSeed(SecretBytes.take(bytes(vector.seed)));
    assert.equal(toText(key.publicKey), vector.pk);
    assert.equal((await key.decapsulate(bytes(vector.ct))).use(toText), vector.ss);
  }
}

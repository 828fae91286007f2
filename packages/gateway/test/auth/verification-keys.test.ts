import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import { checkKeys } from "../../src/auth/jwt/verification-keys.ts";
import { newSigner } from "./token-signer.ts";

const ed = newSigner("EdDSA", "ed").publicJwk;
const es = newSigner("ES256", "es").publicJwk;
const rs = newSigner("RS256", "rs").publicJwk;
const pq = newSigner("ML-DSA-44", "pq").publicJwk;

/** Why the first key is refused; undefined if it is usable. */
function reason(
  key: unknown,
  algorithms: Parameters<typeof checkKeys>[1] = ["EdDSA", "ES256", "RS256"],
): string | undefined {
  return checkKeys([key], algorithms).refused[0];
}

describe("checkKeys", () => {
  it("keeps public members only and binds every key to one algorithm (R37)", () => {
    const { usable, refused } = checkKeys(
      [
        { ...ed, use: "sig", key_ops: ["verify"], x5u: "https://evil.example", x5c: ["MIIB"], comment: 1 },
        { ...rs, alg: undefined },
        pq,
      ],
      ["EdDSA", "RS256", "ML-DSA-44"],
    );
    assert.deepEqual(refused, []);
    assert.deepEqual(usable, [
      { kty: "OKP", kid: "ed", crv: "Ed25519", x: ed.x },
      { kty: "RSA", kid: "rs", n: rs.n, e: rs.e, alg: "RS256" },
      { kty: "AKP", kid: "pq", pub: pq.pub, alg: "ML-DSA-44" },
    ]);
  });

  it("refuses private and symmetric keys (R38)", () => {
    for (const alg of ["EdDSA", "ES256", "RS256", "ML-DSA-44"] as const) {
      const { privateKey, publicJwk } = newSigner(alg, "k");
      assert.equal(reason(publicJwk, [alg]), undefined);
      assert.match(reason({ ...privateKey.export({ format: "jwk" }), alg }, [alg]) ?? "", /private or symmetric/);
    }
    assert.match(reason({ kty: "oct", k: "c2VjcmV0", alg: "HS256" }) ?? "", /private or symmetric/);
    assert.match(reason({ kty: "oct" }) ?? "", /private or symmetric/);
    assert.match(reason({ ...ed, d: "" }) ?? "", /private or symmetric/);
  });

  it("names no key material in its reasons", () => {
    const jwk = newSigner("EdDSA", "k").privateKey.export({ format: "jwk" });
    assert.equal(reason(jwk)?.includes(String(jwk.d)), false);
  });

  it("refuses RSA below 2048 bits or with a small exponent, and takes 2048 (R38)", () => {
    assert.match(reason(newSigner("RS256", "k", 1_024).publicJwk) ?? "", /1024 bits; at least 2048/);
    const small = generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 }).publicKey.export({
      format: "jwk",
    });
    assert.match(reason({ ...small, alg: "RS256" }) ?? "", /exponent 3/);
    assert.equal(reason(rs), undefined);
  });

  it("refuses an RSA key that would serve two algorithms (RFC 8725 §3.1)", () => {
    const unnamed = { ...rs, alg: undefined };
    assert.match(reason(unnamed, ["RS256", "PS256"]) ?? "", /no alg, and RS256, PS256 would all fit/);
    assert.equal(reason(unnamed, ["RS256"]), undefined);
    assert.equal(reason(rs, ["RS256", "PS256"]), undefined);
  });

  it("refuses a key whose alg or curve is not on the list", () => {
    assert.match(reason(rs, ["PS256"]) ?? "", /none of the configured/);
    assert.match(reason(ed, ["ES256"]) ?? "", /none of the configured/);
    assert.match(reason(es, ["ES384"]) ?? "", /none of the configured/);
    assert.match(reason({ ...es, alg: "ES384" }, ["ES256", "ES384"]) ?? "", /none of the configured/);
    assert.match(reason({ ...es, crv: "secp256k1" }) ?? "", /none of the configured/);
    assert.match(reason({ ...ed, crv: "X25519" }) ?? "", /none of the configured/);
    assert.match(reason(pq, ["ML-DSA-65"]) ?? "", /none of the configured/);
    assert.equal(reason({ ...ed, alg: "EdDSA" }, ["Ed25519"]), undefined);
  });

  it("respects use and key_ops (R38)", () => {
    for (const usable of [{ use: "sig" }, { key_ops: ["verify"] }, { use: "sig", key_ops: ["verify"] }]) {
      assert.equal(reason({ ...es, ...usable }), undefined);
    }
    for (const unusable of [
      { use: "enc" },
      { use: 1 },
      { key_ops: [] },
      { key_ops: ["encrypt"] },
      { key_ops: "verify" },
    ]) {
      assert.match(reason({ ...es, ...unusable }) ?? "", /use or key_ops/);
    }
  });

  it("refuses a point off the curve, a missing member and what is no key", () => {
    assert.match(reason({ ...es, y: es.x }) ?? "", /not a valid key/);
    assert.match(reason({ ...ed, x: "AAAA" }) ?? "", /not a valid key/);
    assert.match(reason({ ...rs, n: undefined }) ?? "", /not a valid key/);
    assert.match(reason({ ...ed, kid: 7 }) ?? "", /kid/);
    for (const stranger of [null, undefined, 1, "key", [], {}, { kty: "constructor" }, { kty: ["OKP"] }]) {
      assert.match(reason(stranger) ?? "", /^keys\[0\] /);
    }
  });
});

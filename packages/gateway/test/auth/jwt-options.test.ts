import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { jwt } from "../../src/auth/jwt/jwt.ts";
import type { JwtOptions } from "../../src/auth/jwt/jwt-options.ts";
import { audience, claimsAt, clockAt, hmacToken, issuer, newSigner, noonMs, signToken } from "./token-signer.ts";

const signer = newSigner("EdDSA", "k1");
const keys = [signer.publicJwk];
const good: JwtOptions = { issuer, audience, algorithms: ["EdDSA"], keys, clock: clockAt(noonMs) };
const context = { signal: AbortSignal.timeout(60_000), remoteAddress: "192.0.2.1" };
const secretText = "a shared secret of 32 bytes or so";

function refusesOptions(changes: object, message: RegExp): void {
  assert.throws(() => jwt({ ...good, ...changes } as JwtOptions), { code: "invalid-options", message });
}

describe("jwt options", () => {
  it("refuses what is missing or out of range at construction", () => {
    assert.doesNotThrow(() => jwt(good));
    refusesOptions({ issuer: "" }, /issuer/);
    refusesOptions({ issuer: undefined }, /issuer/);
    refusesOptions({ issuer: ["a", "b"] }, /issuer/);
    refusesOptions({ audience: "" }, /audience/);
    refusesOptions({ algorithms: undefined }, /algorithms/);
    refusesOptions({ algorithms: [] }, /algorithms/);
    refusesOptions({ algorithms: "EdDSA" }, /algorithms/);
    refusesOptions({ algorithms: ["EdDSA", "EdDSA"] }, /algorithms/);
    refusesOptions({ algorithms: ["toString"] }, /algorithms/);
    refusesOptions({ typ: [] }, /typ/);
    refusesOptions({ typ: "JWT" }, /typ/);
    refusesOptions({ userClaim: "" }, /userClaim/);
    refusesOptions({ maxTokenBytes: 0 }, /maxTokenBytes/);
    refusesOptions({ maxTokenBytes: Number.NaN }, /maxTokenBytes/);
    refusesOptions({ maxTokenAgeMs: -1 }, /maxTokenAgeMs/);
  });

  it("refuses none in any case and HMAC with public keys (R37)", () => {
    for (const alg of ["none", "None", "NONE", "HS256", "HS384", "HS512", "dir", "RSA-OAEP"]) {
      refusesOptions({ algorithms: [alg] }, /algorithms/);
      refusesOptions({ algorithms: ["EdDSA", alg] }, /algorithms/);
    }
  });

  it("refuses no source of keys and more than one", () => {
    const jwks = { url: "https://id.example/jwks.json" };
    using secret = SecretBytes.random(32);
    refusesOptions({ keys: undefined }, /exactly one/);
    refusesOptions({ jwks }, /exactly one/);
    refusesOptions({ secret }, /exactly one/);
    refusesOptions({ keys: undefined, jwks, secret }, /exactly one/);
  });

  it("refuses keys that could never verify, and a kid given twice", () => {
    const privateJwk = signer.privateKey.export({ format: "jwk" });
    refusesOptions({ keys: [] }, /at least one key/);
    refusesOptions({ keys: [privateJwk] }, /keys\[0\] is private/);
    refusesOptions({ keys: [...keys, { kty: "oct", k: "AAAA" }] }, /keys\[1\] is private or symmetric/);
    refusesOptions({ keys: [...keys, newSigner("EdDSA", "k1").publicJwk] }, /kid/);
    assert.doesNotThrow(() => jwt({ ...good, keys: [...keys, newSigner("EdDSA", "k2").publicJwk] } as JwtOptions));
  });

  it("does not compile with a mix of sources or algorithms", () => {
    const rules = { issuer, audience };
    using secret = SecretBytes.random(32);
    const mixes = [
      // @ts-expect-error HS256 goes with a secret
      (): unknown => jwt({ ...rules, algorithms: ["HS256"], keys }),
      // @ts-expect-error a public-key algorithm does not go with a secret
      (): unknown => jwt({ ...rules, algorithms: ["RS256"], secret }),
      // @ts-expect-error one source of keys, not two
      (): unknown => jwt({ ...rules, algorithms: ["EdDSA"], keys, jwks: { url: "https://id.example/jwks.json" } }),
      // @ts-expect-error no source of keys
      (): unknown => jwt({ ...rules, algorithms: ["EdDSA"] }),
      // @ts-expect-error the algorithms are a decision
      (): unknown => jwt({ ...rules, keys }),
    ];
    for (const mix of mixes) {
      assert.throws(mix, { code: "invalid-options" });
    }
  });
});

describe("jwt with a shared secret", () => {
  const options = { issuer, audience, algorithms: ["HS256"], clock: clockAt(noonMs) } as const;

  it("accepts HS256 by that secret only, after the caller has disposed of it too (R37)", async () => {
    const secret = SecretBytes.copyOf(Buffer.from(secretText));
    const authenticate = jwt({ ...options, secret });
    secret.dispose();
    const check = async (token: string): Promise<boolean> => (await authenticate({ kind: "token", token }, context)).ok;
    assert.equal(await check(hmacToken(secretText)), true);
    assert.equal(await check(hmacToken(`${secretText}!`)), false);
    assert.equal(await check(hmacToken(new Uint8Array(secretText.length))), false);
    assert.equal(await check(hmacToken(secretText, { alg: "HS384" })), false);
    assert.equal(await check(hmacToken(secretText, { alg: "none" })), false);
    assert.equal(await check(hmacToken(secretText, {}, claimsAt(noonMs, { aud: "shop" }))), false);
    assert.equal(await check(signToken(signer)), false);
  });

  it("refuses a secret of less than 32 bytes, and any algorithm but HS256", () => {
    using short = SecretBytes.random(31);
    using enough = SecretBytes.random(32);
    assert.throws(() => jwt({ ...options, secret: short }), { code: "invalid-options", message: /32 bytes, got 31/ });
    assert.doesNotThrow(() => jwt({ ...options, secret: enough }));
    for (const alg of ["HS384", "RS256", "none"]) {
      refusesOptions({ keys: undefined, secret: enough, algorithms: [alg] }, /algorithms/);
    }
  });
});

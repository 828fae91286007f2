import assert from "node:assert/strict";
import { chmodSync, statSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { createLocalJWKSet, decodeProtectedHeader, type JWTVerifyResult, jwtVerify } from "jose";
import { mintToken, type TokenClaims } from "../../src/development/mint-token.ts";
import { loadTokenKey, type TokenKey } from "../../src/development/token-key.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const now = Date.UTC(2026, 5, 1);
const claims: TokenClaims = { user: "alice", audience: "wardwire-dev", ttlSeconds: 900, grants: [] };

function verify(token: string, { publicJwk }: TokenKey, nowMs: number = now): Promise<JWTVerifyResult> {
  return jwtVerify(token, createLocalJWKSet({ keys: [publicJwk] }), {
    issuer: "wardwire-dev",
    audience: "wardwire-dev",
    typ: "at+jwt",
    algorithms: ["EdDSA"],
    currentDate: new Date(nowMs),
  });
}

describe("development tokens", () => {
  it("verify with the public key and say what was asked for (R37)", async () => {
    using folder = temporaryFolder();
    const key = await loadTokenKey(folder.path);
    const grants = ["room:*=join,publish"];
    const { payload } = await verify(await mintToken(key, { ...claims, device: "phone", grants }, now), key);
    const { jti, ...others } = payload;
    assert.match(jti ?? "", /^[0-9a-f-]{36}$/);
    assert.deepEqual(others, {
      iss: "wardwire-dev",
      aud: "wardwire-dev",
      sub: "alice",
      device: "phone",
      grants,
      iat: now / 1_000,
      exp: now / 1_000 + 900,
    });
  });

  it("name neither device nor grants where there are none", async () => {
    using folder = temporaryFolder();
    const key = await loadTokenKey(folder.path);
    const { payload } = await verify(await mintToken(key, claims, now), key);
    assert.deepEqual(["device" in payload, "grants" in payload], [false, false]);
  });

  it("end when they say", async () => {
    using folder = temporaryFolder();
    const key = await loadTokenKey(folder.path);
    const token = await mintToken(key, claims, now);
    await assert.rejects(verify(token, key, now + 900_000), { code: "ERR_JWT_EXPIRED" });
  });

  it("verify with no other folder's key", async () => {
    using folder = temporaryFolder();
    using other = temporaryFolder();
    const token = await mintToken(await loadTokenKey(folder.path), claims, now);
    await assert.rejects(verify(token, await loadTokenKey(other.path)), { code: "ERR_JWKS_NO_MATCHING_KEY" });
  });
});

describe("the token key", () => {
  it("is made once, for its owner alone, and marked as one for development", async () => {
    using folder = temporaryFolder();
    const [first, second] = await Promise.all([loadTokenKey(folder.path), loadTokenKey(folder.path)]);
    assert.deepEqual(second, first);
    assert.match(first.kid, /^wardwire-dev-/);
    assert.equal(decodeProtectedHeader(await mintToken(first, claims, now)).kid, first.kid);
    assert.equal(statSync(folder.at("token-key.json")).mode & 0o777, 0o600);
  });

  it("keeps its secret out of the public half", async () => {
    using folder = temporaryFolder();
    const { publicJwk, privateJwk } = await loadTokenKey(folder.path);
    assert.equal(typeof privateJwk.d, "string");
    assert.equal("d" in publicJwk, false);
  });

  it("is refused when others can read it, or when it is damaged", async () => {
    using folder = temporaryFolder();
    await loadTokenKey(folder.path);
    chmodSync(folder.at("token-key.json"), 0o640);
    await assert.rejects(loadTokenKey(folder.path), { code: "configuration", message: /chmod 600/ });
    chmodSync(folder.at("token-key.json"), 0o600);
    for (const text of [
      "",
      "{}",
      '{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"wardwire-dev-x","x":"AA","d":"AA"}',
    ]) {
      writeFileSync(folder.at("token-key.json"), text);
      await assert.rejects(loadTokenKey(folder.path), { code: "configuration", message: /damaged: delete it/ });
    }
  });
});

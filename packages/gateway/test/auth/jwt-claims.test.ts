import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AuthenticateResult } from "../../src/auth/identity.ts";
import { jwt } from "../../src/auth/jwt/jwt.ts";
import type { JwtRules } from "../../src/auth/jwt/jwt-options.ts";
import { audience, claimsAt, clockAt, issuer, newSigner, noonMs, signToken } from "./token-signer.ts";

const signer = newSigner("EdDSA", "k1");
const noon = noonMs / 1_000;
const context = { signal: AbortSignal.timeout(60_000), remoteAddress: "192.0.2.1" };

interface Presented {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly rules?: Partial<JwtRules>;
  readonly nowMs?: number;
}

/** What comes of a token that is good but for the given changes. */
async function outcome({ claims = {}, header = {}, rules = {}, nowMs = noonMs }: Presented): Promise<string> {
  const keys = [signer.publicJwk];
  const authenticate = jwt({ issuer, audience, algorithms: ["EdDSA"], keys, clock: clockAt(nowMs), ...rules });
  const token = signToken(signer, claimsAt(noonMs, claims), header);
  const result: AuthenticateResult = await authenticate({ kind: "token", token }, context);
  return result.ok ? "accepted" : result.code;
}

interface Row extends Presented {
  readonly name: string;
  readonly expected: "accepted" | "token-expired" | "token-invalid";
}

function table(rows: readonly Row[]): void {
  for (const { name, expected, ...presented } of rows) {
    it(`${name}: ${expected}`, async () => {
      assert.equal(await outcome(presented), expected);
    });
  }
}

describe("jwt: exp is required and exact (R37)", () => {
  table([
    { name: "1 ms before exp", claims: { exp: noon }, nowMs: noonMs - 1, expected: "accepted" },
    { name: "at exp", claims: { exp: noon }, nowMs: noonMs, expected: "token-expired" },
    { name: "1 ms after exp", claims: { exp: noon }, nowMs: noonMs + 1, expected: "token-expired" },
    { name: "59 s after exp", claims: { exp: noon }, nowMs: noonMs + 59_000, expected: "token-expired" },
    { name: "an hour after exp", claims: { exp: noon }, nowMs: noonMs + 3_600_000, expected: "token-expired" },
    { name: "an exp in fractions, before", claims: { exp: noon + 0.5 }, nowMs: noonMs + 499, expected: "accepted" },
    { name: "an exp in fractions, after", claims: { exp: noon + 0.5 }, nowMs: noonMs + 500, expected: "token-expired" },
    { name: "no exp", claims: { exp: undefined }, expected: "token-invalid" },
    { name: "exp null", claims: { exp: null }, expected: "token-invalid" },
    { name: "exp a string", claims: { exp: String(noon + 900) }, expected: "token-invalid" },
    { name: "exp a date", claims: { exp: "2099-01-01T00:00:00Z" }, expected: "token-invalid" },
    { name: "exp in milliseconds by mistake", claims: { exp: noonMs * 1_000 }, expected: "token-invalid" },
    { name: "exp beyond every number", claims: { exp: 1e300 }, expected: "token-invalid" },
    { name: "exp 0", claims: { exp: 0 }, expected: "token-expired" },
    { name: "exp below 0", claims: { exp: -1 }, expected: "token-expired" },
  ]);

  it("says token-expired only of a token that is good otherwise", async () => {
    const claims = { exp: noon - 1 };
    assert.equal(await outcome({ claims }), "token-expired");
    assert.equal(await outcome({ claims: { ...claims, aud: "other" } }), "token-invalid");
    assert.equal(await outcome({ claims: { ...claims, iss: "other" } }), "token-invalid");
    assert.equal(await outcome({ claims: { ...claims, iat: noon + 61 } }), "token-invalid");
    assert.equal(await outcome({ claims, header: { typ: undefined } }), "token-invalid");
  });
});

describe("jwt: nbf and iat have a tolerance of 60 s (R37)", () => {
  table([
    { name: "nbf in 59 s", claims: { nbf: noon + 59 }, expected: "accepted" },
    { name: "nbf in 61 s", claims: { nbf: noon + 61 }, expected: "token-invalid" },
    { name: "nbf a string", claims: { nbf: String(noon) }, expected: "token-invalid" },
    { name: "iat in 59 s", claims: { iat: noon + 59 }, expected: "accepted" },
    { name: "iat in 60 s", claims: { iat: noon + 60 }, expected: "accepted" },
    { name: "iat in 61 s", claims: { iat: noon + 61 }, expected: "token-invalid" },
    { name: "iat a string", claims: { iat: String(noon) }, expected: "token-invalid" },
    { name: "iat below 0", claims: { iat: -1 }, expected: "token-invalid" },
    { name: "no iat", claims: { iat: undefined }, expected: "accepted" },
  ]);
});

describe("jwt: maxTokenAgeMs bounds the age of a token from its iat", () => {
  const rules = { maxTokenAgeMs: 120_000 };
  table([
    { name: "179 s old", claims: { iat: noon - 179 }, rules, expected: "accepted" },
    { name: "180 s old", claims: { iat: noon - 180 }, rules, expected: "token-expired" },
    { name: "no iat", claims: { iat: undefined }, rules, expected: "token-invalid" },
    { name: "a day old without the rule", claims: { iat: noon - 86_400 }, expected: "accepted" },
  ]);
});

describe("jwt: iss and aud (R37)", () => {
  table([
    { name: "another issuer", claims: { iss: "https://evil.example" }, expected: "token-invalid" },
    { name: "an issuer that begins alike", claims: { iss: `${issuer}.evil.example` }, expected: "token-invalid" },
    { name: "an issuer with a final slash", claims: { iss: `${issuer}/` }, expected: "token-invalid" },
    { name: "a list of issuers", claims: { iss: [issuer] }, expected: "token-invalid" },
    { name: "no issuer", claims: { iss: undefined }, expected: "token-invalid" },
    { name: "another audience", claims: { aud: "shop" }, expected: "token-invalid" },
    { name: "an audience that begins alike", claims: { aud: "chat2" }, expected: "token-invalid" },
    { name: "an audience in another case", claims: { aud: "Chat" }, expected: "token-invalid" },
    { name: "no audience", claims: { aud: undefined }, expected: "token-invalid" },
    { name: "an empty list of audiences", claims: { aud: [] }, expected: "token-invalid" },
    { name: "a list without ours", claims: { aud: ["shop", "blog"] }, expected: "token-invalid" },
    { name: "a list with ours", claims: { aud: ["shop", audience] }, expected: "accepted" },
    { name: "ours inside a list inside the list", claims: { aud: [[audience]] }, expected: "token-invalid" },
    {
      name: "an object that looks like a list",
      claims: { aud: { 0: audience, length: 1 } },
      expected: "token-invalid",
    },
  ]);
});

describe("jwt: typ (R37)", () => {
  table([
    { name: "JWT", header: { typ: "JWT" }, expected: "accepted" },
    { name: "at+jwt", header: { typ: "at+jwt" }, expected: "accepted" },
    { name: "application/at+jwt in capitals", header: { typ: "APPLICATION/AT+JWT" }, expected: "accepted" },
    { name: "no typ", header: { typ: undefined }, expected: "token-invalid" },
    { name: "an empty typ", header: { typ: "" }, expected: "token-invalid" },
    { name: "another kind of token", header: { typ: "logout+jwt" }, expected: "token-invalid" },
    { name: "a typ that is a list", header: { typ: ["JWT"] }, expected: "token-invalid" },
    {
      name: "a typ that is not configured",
      header: { typ: "JWT" },
      rules: { typ: ["at+jwt"] },
      expected: "token-invalid",
    },
    {
      name: "a typ that is configured",
      header: { typ: "chat+jwt" },
      rules: { typ: ["chat+JWT"] },
      expected: "accepted",
    },
  ]);
});

describe("jwt: claims that make the identity", () => {
  table([
    { name: "no sub", claims: { sub: undefined }, expected: "token-invalid" },
    { name: "an empty sub", claims: { sub: "" }, expected: "token-invalid" },
    { name: "a sub of 256 characters", claims: { sub: "u".repeat(256) }, expected: "accepted" },
    { name: "a sub of 257 characters", claims: { sub: "u".repeat(257) }, expected: "token-invalid" },
    { name: "a sub with a line break", claims: { sub: "alice\nadmin" }, expected: "token-invalid" },
    { name: "a sub that is a number", claims: { sub: 7 }, expected: "token-invalid" },
    { name: "a sub that is a list", claims: { sub: ["alice"] }, expected: "token-invalid" },
    { name: "a device that is null", claims: { device: null }, expected: "token-invalid" },
    { name: "a device that is an object", claims: { device: {} }, expected: "token-invalid" },
    { name: "an empty device", claims: { device: "" }, expected: "token-invalid" },
    { name: "a session that is a number", claims: { sid: 1 }, expected: "token-invalid" },
    { name: "a jti that is a number", claims: { jti: 1 }, expected: "token-invalid" },
    { name: "grants that parse", claims: { grants: ["room:*=join"] }, expected: "accepted" },
    { name: "no grants at all, in a list", claims: { grants: [] }, expected: "accepted" },
    { name: "grants that are null", claims: { grants: null }, expected: "token-invalid" },
    { name: "grants that are a string", claims: { grants: "*=join" }, expected: "token-invalid" },
    { name: "one malformed grant among good ones", claims: { grants: ["*=join", "room"] }, expected: "token-invalid" },
    { name: "a user claim that every object has", rules: { userClaim: "toString" }, expected: "token-invalid" },
  ]);
});

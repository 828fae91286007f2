import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { CompactEncrypt } from "jose";
import type { Authenticate, AuthenticateResult, Identity } from "../../src/auth/identity.ts";
import type { AsymmetricAlgorithm } from "../../src/auth/jwt/algorithms.ts";
import { jwt } from "../../src/auth/jwt/jwt.ts";
import {
  audience,
  claimsAt,
  clockAt,
  hmacToken,
  issuer,
  newSigner,
  noonMs,
  type Signer,
  signingInput,
  signToken,
} from "./token-signer.ts";

const clock = clockAt(noonMs);
const context = { signal: AbortSignal.timeout(60_000), remoteAddress: "192.0.2.1" };
const ed = newSigner("EdDSA", "ed-1");
const es = newSigner("ES256", "es-1");
const rs = newSigner("RS256", "rs-1");

function authenticator(...signers: Signer[]): Authenticate {
  const algorithms = [...new Set(signers.map(({ alg }) => alg))];
  return jwt({ issuer, audience, algorithms, keys: signers.map(({ publicJwk }) => publicJwk), clock });
}

async function present(authenticate: Authenticate, token: string): Promise<AuthenticateResult> {
  return await authenticate({ kind: "token", token }, context);
}

async function accepted(authenticate: Authenticate, token: string): Promise<Identity> {
  const result = await present(authenticate, token);
  assert.ok(result.ok, `expected the token to be accepted: ${JSON.stringify(result)}`);
  return result.identity;
}

/** Asserts the refusal, and that neither the token nor its signature is in the detail that goes to the log. */
async function refused(
  authenticate: Authenticate,
  token: string,
  detail: RegExp,
  code = "token-invalid",
): Promise<void> {
  const result = await present(authenticate, token);
  assert.ok(!result.ok, "expected the token to be refused");
  assert.equal(result.code, code);
  assert.match(result.detail, detail);
  assert.ok(result.detail.length <= 300);
  const signature = token.split(".").at(-1) ?? "";
  assert.ok(signature.length < 16 || !result.detail.includes(signature));
}

describe("jwt: what is accepted", () => {
  const algorithms: readonly AsymmetricAlgorithm[] = [
    "EdDSA",
    "Ed25519",
    "ES256",
    "ES384",
    "ES512",
    "PS256",
    "PS384",
    "PS512",
    "RS256",
    "RS384",
    "RS512",
    "ML-DSA-44",
    "ML-DSA-65",
    "ML-DSA-87",
  ];
  for (const alg of algorithms) {
    it(`accepts a token signed with ${alg} and refuses one signed by a stranger with the same algorithm (R37)`, async () => {
      const signer = newSigner(alg, "k1");
      const authenticate = authenticator(signer);
      assert.equal((await accepted(authenticate, signToken(signer))).userId, "alice");
      await refused(authenticate, signToken(newSigner(alg, "k1")), /signature/);
    });
  }

  it("gives the identity the token's claims, in milliseconds", async () => {
    const claims = claimsAt(noonMs, { device: "phone", sid: "s-9", grants: ["lobby:*=join"], role: { staff: true } });
    const identity = await accepted(authenticator(ed), signToken(ed, claims));
    const { grants, ...rest } = identity;
    assert.deepEqual(rest, {
      userId: "alice",
      deviceId: "phone",
      sessionId: "s-9",
      tokenId: "t1",
      issuedAt: noonMs,
      expiresAt: noonMs + 900_000,
      claims,
    });
    assert.equal(grants?.length, 1);
    assert.ok(Object.isFrozen(identity) && Object.isFrozen(identity.claims));
  });

  it("leaves out what the token does not say", async () => {
    const claims = claimsAt(noonMs, { iat: undefined, jti: undefined });
    const identity = await accepted(authenticator(ed), signToken(ed, claims));
    assert.deepEqual(Object.keys(identity).sort(), ["claims", "expiresAt", "userId"]);
  });

  it("takes the ids from the configured claims", async () => {
    const authenticate = jwt({
      issuer,
      audience,
      algorithms: ["EdDSA"],
      keys: [ed.publicJwk],
      clock,
      userClaim: "uid",
      deviceClaim: "dev",
      sessionClaim: "sess",
    });
    const identity = await accepted(
      authenticate,
      signToken(ed, claimsAt(noonMs, { uid: "u7", dev: "d7", sess: "s7", device: "x", sid: "y" })),
    );
    assert.deepEqual([identity.userId, identity.deviceId, identity.sessionId], ["u7", "d7", "s7"]);
    await refused(authenticate, signToken(ed), /userId/);
  });

  it("refuses a credential that is no token", async () => {
    const authenticate = authenticator(ed);
    const ticket = await authenticate({ kind: "ticket", ticket: signToken(ed) }, context);
    assert.deepEqual(ticket, { ok: false, code: "token-invalid", detail: "expected a token, got a ticket" });
    const certificate = await authenticate({ kind: "certificate", der: new Uint8Array(3) }, context);
    assert.equal(certificate.ok, false);
  });
});

describe("jwt: algorithms and keys", () => {
  for (const alg of ["none", "None", "nOnE", "NONE"]) {
    it(`refuses alg ${alg}, with and without a signature (R37)`, async () => {
      const authenticate = authenticator(ed);
      const input = signingInput({ alg, typ: "JWT" }, claimsAt(noonMs));
      await accepted(authenticate, signToken(ed));
      await refused(authenticate, `${input}.`, /three parts/);
      await refused(authenticate, `${input}.AAAA`, /not allowed/);
      await refused(authenticate, signToken(ed, undefined, { alg }), /not allowed/);
    });
  }

  it("refuses an HMAC made with the RSA public key as its secret (R37, RFC 8725 §2.1)", async () => {
    const authenticate = authenticator(rs);
    const pem = rs.publicKey.export({ format: "pem", type: "spki" }).toString();
    const der = rs.publicKey.export({ format: "der", type: "spki" });
    await accepted(authenticate, signToken(rs));
    for (const secret of [pem, pem.trim(), der, String(rs.publicJwk.n), JSON.stringify(rs.publicJwk)]) {
      await refused(authenticate, hmacToken(secret, { kid: rs.kid }), /not allowed/);
      await refused(authenticate, hmacToken(secret, { kid: rs.kid, alg: "RS256" }), /signature/);
    }
  });

  it("refuses a good signature by an algorithm the key is not bound to (R37)", async () => {
    const key = newSigner("RS256", "k");
    const strict = newSigner("PS256", "other");
    const authenticate = authenticator(key, strict);
    await accepted(authenticate, signToken(key));
    await accepted(authenticate, signToken(strict));
    await refused(authenticate, signToken({ ...key, alg: "PS256" }), /no applicable key/i);
    await refused(authenticate, signToken({ ...strict, alg: "RS256" }), /no applicable key/i);
  });

  it("refuses an algorithm that is not on the list, even where a key of its kind is (R37)", async () => {
    const authenticate = authenticator(newSigner("ES384", "es-384"), ed);
    await accepted(authenticate, signToken(ed));
    await refused(authenticate, signToken(es), /not allowed/);
  });

  it("takes EdDSA and Ed25519 for the same algorithm only where both names are on the list (RFC 9864)", async () => {
    const both = jwt({ issuer, audience, algorithms: ["EdDSA", "Ed25519"], keys: [ed.publicJwk], clock });
    await accepted(both, signToken(ed));
    await accepted(both, signToken(ed, undefined, { alg: "Ed25519" }));
    await refused(authenticator(ed), signToken(ed, undefined, { alg: "Ed25519" }), /not allowed/);
  });

  it("refuses a kid that no key has, whatever it looks like (R38)", async () => {
    const authenticate = authenticator(ed, es);
    const kids = [
      "unknown",
      "",
      "../../../../dev/null",
      "/etc/passwd",
      "ed-1\u0000",
      "ED-1",
      "' OR '1'='1",
      "x'; DROP TABLE keys; --",
      "https://evil.example/jwks.json",
      "__proto__",
      "constructor",
      ["ed-1"],
      { kid: "ed-1" },
      0,
      null,
      true,
    ];
    await accepted(authenticate, signToken(ed));
    for (const kid of kids) {
      await refused(authenticate, signToken(ed, undefined, { kid }), /no applicable key/i);
    }
  });

  it("refuses the kid of another key (R38)", async () => {
    const other = newSigner("EdDSA", "ed-2");
    const authenticate = authenticator(ed, other);
    await accepted(authenticate, signToken(ed));
    await accepted(authenticate, signToken(other));
    await refused(authenticate, signToken(ed, undefined, { kid: "ed-2" }), /signature/);
  });

  it("accepts a token without kid only where a single key fits its algorithm (R38)", async () => {
    const withoutKid = signToken(ed, undefined, { kid: undefined });
    await accepted(authenticator(ed, es), withoutKid);
    await refused(authenticator(ed, newSigner("EdDSA", "ed-2")), withoutKid, /multiple/i);
  });

  it("never follows or believes jku, x5u, jwk or x5c (R38)", async () => {
    const attacker = newSigner("EdDSA", "ed-1");
    let hits = 0;
    const server = createServer((_request, response) => {
      hits += 1;
      response.end(JSON.stringify({ keys: [attacker.publicJwk] }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
      const authenticate = authenticator(ed);
      const bait = [{ jku: url }, { x5u: url }, { jwk: attacker.publicJwk }, { x5c: ["MIIB"], x5t: "AAAA" }];
      for (const header of [...bait, Object.assign({}, ...bait)]) {
        await refused(authenticate, signToken(attacker, undefined, header), /signature/);
        await refused(authenticate, signToken(attacker, undefined, { ...header, kid: url }), /no applicable key/i);
        await refused(authenticate, signToken(attacker, claimsAt(noonMs, { iss: url }), header), /signature/);
        await accepted(authenticate, signToken(ed, undefined, header));
      }
      assert.equal(hits, 0);
      await (await fetch(url)).text();
      assert.equal(hits, 1);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe("jwt: signatures and form", () => {
  it("refuses another token's signature, a changed payload and a changed header (R37)", async () => {
    const authenticate = authenticator(ed);
    const [header = "", payload = "", signature = ""] = signToken(ed).split(".");
    const [, mallory = "", malloryAs = ""] = signToken(ed, claimsAt(noonMs, { sub: "mallory" })).split(".");
    await accepted(authenticate, `${header}.${payload}.${signature}`);
    await accepted(authenticate, `${header}.${mallory}.${malloryAs}`);
    await refused(authenticate, `${header}.${payload}.${malloryAs}`, /signature/);
    await refused(authenticate, `${header}.${mallory}.${signature}`, /signature/);
    const otherHeader = Buffer.from('{"alg":"EdDSA","typ":"at+jwt","kid":"ed-1"}').toString("base64url");
    await refused(authenticate, `${otherHeader}.${payload}.${signature}`, /signature/);
  });

  it("refuses an ECDSA signature of zeros, of the wrong length and in DER (CVE-2022-21449)", async () => {
    const authenticate = authenticator(es);
    const token = signToken(es);
    const unsigned = token.slice(0, token.lastIndexOf("."));
    await accepted(authenticate, token);
    const order = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
    const forged = [
      Buffer.alloc(64),
      Buffer.concat([Buffer.alloc(31), Buffer.from([1]), Buffer.alloc(32)]),
      Buffer.concat([order, order]),
      Buffer.alloc(64, 0xff),
      Buffer.alloc(63),
      Buffer.alloc(96),
      Buffer.from([0x30, 6, 2, 1, 0, 2, 1, 0]),
    ];
    for (const signature of forged) {
      await refused(authenticate, `${unsigned}.${signature.toString("base64url")}`, /signature/);
    }
  });

  it("refuses crit, b64 and zip, known or unknown, under a good signature (R37)", async () => {
    const authenticate = authenticator(ed);
    await accepted(authenticate, signToken(ed));
    const headers = [
      { crit: ["exp-policy"], "exp-policy": 1 },
      { crit: [] },
      { crit: "b64" },
      { crit: ["b64"], b64: false },
      { crit: ["b64"], b64: true },
      { b64: false },
      { b64: true },
      { zip: "DEF" },
      { zip: null },
    ];
    for (const header of headers) {
      await refused(authenticate, signToken(ed, undefined, header), /crit|b64|zip|Extension/);
    }
  });

  it("refuses an unencoded payload (R37, RFC 7797 §7)", async () => {
    const authenticate = authenticator(ed);
    const header = signToken(ed, undefined, { crit: ["b64"], b64: false }).split(".")[0];
    await refused(authenticate, `${header}.${JSON.stringify(claimsAt(noonMs))}.AAAA`, /three parts/);
  });

  it("refuses an encrypted token and a token within a token (R37)", async () => {
    const authenticate = authenticator(ed);
    const inner = signToken(ed);
    await accepted(authenticate, inner);
    const encrypted = await new CompactEncrypt(Buffer.from(inner))
      .setProtectedHeader({ alg: "dir", enc: "A256GCM", cty: "JWT", typ: "JWT" })
      .encrypt(new Uint8Array(32));
    await refused(authenticate, encrypted, /three parts/);
    await refused(authenticate, signToken(ed, inner, { cty: "JWT" }), /JSON object/);
  });

  it("refuses what is no token, and never throws", async () => {
    const authenticate = authenticator(ed);
    const good = signToken(ed);
    await accepted(authenticate, good);
    const strangers = [
      "",
      ".",
      "..",
      "...",
      "a.b.c",
      "null",
      "undefined",
      "Bearer",
      `Bearer ${good}`,
      ` ${good}`,
      `${good} `,
      `${good}\n`,
      `${good}=`,
      `${good}.`,
      good.replaceAll(".", "\u2024"),
      good.toUpperCase(),
      `${"💥".repeat(20)}.e30.AAAA`,
      "e30.e30.e30",
      "bnVsbA.bnVsbA.bnVsbA",
      "W10.W10.W10",
      "-_-_.-_-_.-_-_",
      JSON.stringify({ protected: good.split(".")[0], payload: good.split(".")[1], signature: good.split(".")[2] }),
    ];
    for (const stranger of strangers) {
      await refused(authenticate, stranger, /./);
    }
  });

  for (const payload of ["[]", "null", "42", '"alice"', "{", "", "{}", '{"sub":"alice"}\u0000']) {
    it(`refuses the signed payload ${JSON.stringify(payload)}`, async () => {
      await refused(authenticator(ed), signToken(ed, payload), /JSON object|missing|three parts/);
    });
  }

  it("refuses a good token of 8193 bytes and accepts one of 8192 (R37)", async () => {
    const authenticate = authenticator(ed);
    const sized = (pad: number): string => signToken(ed, claimsAt(noonMs, { pad: "x".repeat(pad) }));
    let pad = 5_000;
    while (sized(pad).length < 8_192) {
      pad += 1;
    }
    assert.equal(sized(pad).length, 8_192);
    await accepted(authenticate, sized(pad));
    await refused(authenticate, sized(pad + 1), /at most 8192 bytes/);
    await refused(authenticate, "x".repeat(10_000_000), /at most 8192 bytes, got 10000000/);
  });

  it("keeps to the configured size", async () => {
    const token = signToken(ed);
    const options = { issuer, audience, algorithms: ["EdDSA"], keys: [ed.publicJwk], clock } as const;
    await accepted(jwt({ ...options, maxTokenBytes: token.length }), token);
    await refused(jwt({ ...options, maxTokenBytes: token.length - 1 }), token, /bytes/);
  });
});

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, describe, test } from "node:test";
import { jwt } from "@wardwire/gateway";
import type { Authenticate } from "@wardwire/gateway/identity";
import { CompactEncrypt } from "jose";
import { KeySetServer } from "../../../packages/gateway/test/auth/key-set-server.ts";
import {
  audience,
  claimsAt,
  hmacToken,
  issuer,
  newSigner,
  signingInput,
  signToken,
} from "../../../packages/gateway/test/auth/token-signer.ts";
import { guardedTarget } from "../fixtures/target.ts";
import {
  believesAlgNone,
  believesJwk,
  believesWhatIsEncrypted,
  confusesAlgorithms,
  followsJku,
  looksAtSignatureOnly,
  readsKeysByPath,
} from "../fixtures/weak/lax-verifiers.ts";
import { inFrame, inHandshake, manyFailures } from "./presented-token.ts";

const ed = newSigner("EdDSA", "ed");
const rs = newSigner("RS256", "rs");
const attacker = newSigner("EdDSA", "ed");
const encryption = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const authenticate = jwt({ issuer, audience, algorithms: ["EdDSA", "RS256"], keys: [ed.publicJwk, rs.publicJwk] });

const claims = claimsAt(Date.now());
const mallory = claimsAt(Date.now(), { sub: "mallory" });
const publicPem = rs.publicKey.export({ format: "pem", type: "spki" }).toString();
const lookalike = { ...attacker.publicJwk, kid: "ed" };
const attackersKeys = await KeySetServer.start([lookalike]);
const nested = await new CompactEncrypt(Buffer.from(`${signingInput({ alg: "none" }, mallory)}.`))
  .setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM", cty: "JWT" })
  .encrypt(encryption.publicKey);

interface Forgery {
  readonly what: string;
  readonly token: string;
  /** Who is taken in by it. */
  readonly fault: Authenticate;
}

const forgeries: readonly Forgery[] = [
  { what: "alg none", token: `${signingInput({ alg: "none" }, mallory)}.`, fault: believesAlgNone },
  {
    what: "an HMAC by the public RSA key",
    token: hmacToken(publicPem, { kid: "rs" }, mallory),
    fault: confusesAlgorithms(publicPem),
  },
  {
    what: "a kid that leads to an empty file",
    token: hmacToken("", { kid: "../../../../../../../../dev/null" }, mallory),
    fault: readsKeysByPath(import.meta.dirname),
  },
  {
    what: "a jku of the attacker's",
    token: signToken(attacker, mallory, { jku: attackersKeys.url }),
    fault: followsJku,
  },
  { what: "a jwk of the attacker's", token: signToken(attacker, mallory, { jwk: lookalike }), fault: believesJwk },
  {
    what: "an encrypted token with an unsigned one in it",
    token: nested,
    fault: believesWhatIsEncrypted(encryption.privateKey),
  },
  ...(
    [
      ["crit", signToken(ed, claims, { crit: ["exp-policy"], "exp-policy": 1 })],
      ["b64=false", signToken(ed, claims, { crit: ["b64"], b64: false })],
      ["more than 8 KiB", signToken(ed, { ...claims, pad: "x".repeat(6_500) })],
      ["another type", signToken(ed, claims, { typ: "logout+jwt" })],
      ["another audience", signToken(ed, { ...claims, aud: "elsewhere" })],
      ["another issuer", signToken(ed, { ...claims, iss: "https://elsewhere.example" })],
      ["an end in the past", signToken(ed, claimsAt(Date.now() - 3_600_000))],
      ["a beginning in the future", signToken(ed, { ...claims, nbf: Math.floor(Date.now() / 1_000) + 3_600 })],
    ] as const
  ).map(([what, token]) => ({ what, token, fault: looksAtSignatureOnly(ed.publicKey) })),
];

/** Close codes but 4402; a frame with too long a token is not as frames are. */
const otherCodes: Readonly<Record<string, number>> = { "an end in the past": 4401, "more than 8 KiB": 4400 };

describe("attack 23: forged and abused tokens", { timeout: 30_000 }, () => {
  after(() => attackersKeys[Symbol.asyncDispose]());

  test("attack 23: none is taken, in the first frame or in the handshake (RFC 8725, R37, R38)", async () => {
    await using target = await guardedTarget(manyFailures, "plain", { authenticate });
    for (const { what, token } of forgeries) {
      assert.equal(await inFrame(target.port, token), otherCodes[what] ?? 4402, what);
      assert.equal(await inHandshake(target.port, token), 401, what);
    }
    assert.equal(attackersKeys.hits, 0);
    for (const signer of [ed, rs]) {
      assert.equal(await inFrame(target.port, signToken(signer, claims)), "connected");
      assert.equal(await inHandshake(target.port, signToken(signer, claims)), 101);
    }
  });

  for (const { what, token, fault } of forgeries) {
    test(`negative control: a verifier with the fault takes ${what}`, async () => {
      await using target = await guardedTarget(manyFailures, "plain", { authenticate: fault });
      assert.equal(await inHandshake(target.port, token), 101);
    });
  }
});

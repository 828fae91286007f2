import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { JWK } from "jose";
import type { AsymmetricAlgorithm } from "../../src/auth/jwt/algorithms.ts";
import type { Clock } from "../../src/clock.ts";

export const issuer = "https://id.example";
export const audience = "chat";
/** Noon of a day in 2027, a whole second. */
export const noonMs = 1_800_000_000_000;

/** A clock that stands still. */
export function clockAt(nowMs: number): Clock {
  return { now: () => nowMs, monotonic: () => nowMs, after: () => ({ cancel: () => undefined }) };
}

export interface Signer {
  readonly alg: AsymmetricAlgorithm;
  readonly kid: string;
  readonly publicJwk: JWK;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function newSigner(alg: AsymmetricAlgorithm, kid: string, rsaBits = 2048): Signer {
  const { privateKey, publicKey } = newKeyPair(alg, rsaBits);
  return { alg, kid, privateKey, publicKey, publicJwk: { ...publicKey.export({ format: "jwk" }), kid, alg } as JWK };
}

/** The claims of a good token; `undefined` takes a claim out. */
export function claimsAt(nowMs: number, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const iat = Math.floor(nowMs / 1_000);
  return { iss: issuer, aud: audience, sub: "alice", iat, exp: iat + 900, jti: "t1", ...changes };
}

/** A token with a good signature over whatever header and claims; a string stands for the payload as it is. */
export function signToken(
  signer: Signer,
  claims: Readonly<Record<string, unknown>> | string = claimsAt(noonMs),
  header: Readonly<Record<string, unknown>> = {},
): string {
  const input = signingInput({ alg: signer.alg, typ: "JWT", kid: signer.kid, ...header }, claims);
  return `${input}.${signature(signer, input).toString("base64url")}`;
}

/** A token with an HMAC, or with no signature at all. */
export function hmacToken(
  secret: string | Uint8Array,
  header: Readonly<Record<string, unknown>> = {},
  claims: Readonly<Record<string, unknown>> = claimsAt(noonMs),
): string {
  const input = signingInput({ alg: "HS256", typ: "JWT", ...header }, claims);
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

export function signingInput(header: unknown, claims: unknown): string {
  return `${encodePart(header)}.${encodePart(claims)}`;
}

function encodePart(part: unknown): string {
  return Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");
}

function newKeyPair(alg: AsymmetricAlgorithm, modulusLength: number): { privateKey: KeyObject; publicKey: KeyObject } {
  switch (alg) {
    case "EdDSA":
    case "Ed25519":
      return generateKeyPairSync("ed25519");
    case "ES256":
      return generateKeyPairSync("ec", { namedCurve: "P-256" });
    case "ES384":
      return generateKeyPairSync("ec", { namedCurve: "P-384" });
    case "ES512":
      return generateKeyPairSync("ec", { namedCurve: "P-521" });
    case "ML-DSA-44":
      return generateKeyPairSync("ml-dsa-44");
    case "ML-DSA-65":
      return generateKeyPairSync("ml-dsa-65");
    case "ML-DSA-87":
      return generateKeyPairSync("ml-dsa-87");
    default:
      return generateKeyPairSync("rsa", { modulusLength });
  }
}

function signature({ alg, privateKey: key }: Signer, input: string): Buffer {
  const data = Buffer.from(input);
  const hash = `sha${alg.slice(-3)}`;
  switch (alg.slice(0, 2)) {
    case "ES":
      return sign(hash, data, { key, dsaEncoding: "ieee-p1363" });
    case "RS":
      return sign(hash, data, key);
    case "PS":
      return sign(hash, data, { key, padding: 6, saltLength: -1 });
    default:
      return sign(null, data, key);
  }
}

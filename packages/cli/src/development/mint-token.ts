import { randomUUID } from "node:crypto";
import { importJWK, SignJWT } from "jose";
import { developmentIssuer, type TokenKey } from "./token-key.ts";

/** What a development token says. */
export interface TokenClaims {
  readonly user: string;
  readonly device?: string;
  readonly audience: string;
  /** Seconds from now. */
  readonly ttlSeconds: number;
  /** Grants of the gateway's grammar; an empty list stands for no restriction. */
  readonly grants: readonly string[];
}

/**
 * Signs a token: EdDSA, `typ` `at+jwt` (RFC 9068), with `iss`, `aud`, `sub`, `jti`, `iat`, `exp`, and `device` and
 * `grants` where there are any.
 *
 * @param nowMs milliseconds since 1970.
 */
export async function mintToken(key: TokenKey, claims: TokenClaims, nowMs: number): Promise<string> {
  const issuedAt = Math.floor(nowMs / 1_000);
  const { device, grants } = claims;
  return new SignJWT({ ...(device === undefined ? {} : { device }), ...(grants.length === 0 ? {} : { grants }) })
    .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: key.kid })
    .setIssuer(developmentIssuer)
    .setAudience(claims.audience)
    .setSubject(claims.user)
    .setJti(randomUUID())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + claims.ttlSeconds)
    .sign(await importJWK(key.privateJwk, "EdDSA"));
}

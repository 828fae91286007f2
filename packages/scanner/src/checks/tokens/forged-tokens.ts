import { partsOf } from "./token-parts.ts";

/**
 * A JSON Web Token without a signature. Its claims are those of `model`, so that everything else about it fits; without
 * one they name a user of our own.
 *
 * @param alg a spelling of `none`.
 * @param nowMs milliseconds since 1970.
 */
export function forgeUnsigned(alg: string, model: string | undefined, nowMs: number): string {
  const issuedAt = Math.floor(nowMs / 1_000);
  const madeUp = { sub: "wardwire-check", iat: issuedAt, exp: issuedAt + 300 };
  const [, claims] = partsOf(model ?? "") ?? [];
  return `${encode({ alg, typ: "JWT" })}.${claims ?? encode(madeUp)}.`;
}

/** The token with another signature of the same length; undefined when it is no signed JSON Web Token. */
export function tamper(token: string): string | undefined {
  const [header, claims, signature] = partsOf(token) ?? [];
  if (header === undefined || claims === undefined || signature === undefined || signature === "") return undefined;
  const bytes = Buffer.from(signature, "base64url").map((byte) => byte ^ 0x55);
  return `${header}.${claims}.${Buffer.from(bytes).toString("base64url")}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

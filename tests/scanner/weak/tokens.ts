import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** What is looked at when a token is verified; each can be forgotten on its own. */
export type TokenRule = "algorithm none" | "signature";

const secret = randomBytes(32);

/**
 * A JSON Web Token for alice, signed with HMAC-SHA-256.
 *
 * @param endsAt milliseconds since 1970; it does not end when left out.
 */
export function issueToken(endsAt?: number): string {
  const claims = { sub: "alice", ...(endsAt !== undefined && { exp: endsAt / 1_000 }) };
  const input = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${input}.${sign(input)}`;
}

/** Whether a token is one of {@link issueToken}'s, as far as nothing is forgotten. */
export function isValid(token: string, forgotten: readonly TokenRule[]): boolean {
  const [header = "", claims = "", signature = ""] = token.split(".");
  const algorithm = algorithmOf(header);
  if (algorithm.toLowerCase() === "none") return forgotten.includes("algorithm none");
  if (algorithm !== "HS256") return false;
  const expected = Buffer.from(sign(`${header}.${claims}`));
  const given = Buffer.from(signature);
  return forgotten.includes("signature") || (given.length === expected.length && timingSafeEqual(given, expected));
}

/** When a token ends, in milliseconds since 1970: never where it does not say. */
export function endOf(token: string): number {
  const [, claims = ""] = token.split(".");
  try {
    return JSON.parse(Buffer.from(claims, "base64url").toString()).exp * 1_000 || Number.POSITIVE_INFINITY;
  } catch {
    // Nor does what is no JSON Web Token.
    return Number.POSITIVE_INFINITY;
  }
}

function algorithmOf(header: string): string {
  try {
    return String(JSON.parse(Buffer.from(header, "base64url").toString()).alg);
  } catch {
    // What is no JSON Web Token names no algorithm.
    return "";
  }
}

function sign(input: string): string {
  return createHmac("sha256", secret).update(input).digest("base64url");
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

import type { Identity } from "../auth/identity.ts";
import { GatewayError } from "../gateway-error.ts";

/**
 * What is no longer to be believed: the credentials with this token id, of this session, of this user, of this device,
 * or of this user on this device; with `issuedBefore` only those of them that were issued earlier. `issuedBefore` alone
 * means the credentials of everybody. Without it a revocation reaches credentials issued later too: to sign a user out
 * everywhere and let them sign in again, give `issuedBefore` as well.
 */
export interface RevocationTarget {
  /** A token's `jti`. */
  readonly tokenId?: string;
  readonly session?: string;
  readonly user?: string;
  /** Of every user where it stands without `user`. */
  readonly device?: string;
  /** Milliseconds since 1970. A credential that does not say when it was issued counts as issued before. */
  readonly issuedBefore?: number;
}

/** A connection's credential, as far as revocations look at it. */
export interface RevocationSubject {
  readonly identity: Pick<Identity, "userId" | "sessionId" | "tokenId" | "issuedAt">;
  /** The device it speaks for, whether the credential names it or the client did. */
  readonly device: string | undefined;
}

/**
 * Refuses what no revocation can be.
 *
 * @throws GatewayError `invalid-options`
 */
export function checkTarget(target: RevocationTarget): void {
  const given = names.filter((name) => target[name] !== undefined);
  if (!combinations.has(given.join(" "))) {
    const got = given.length === 0 ? "nothing" : given.join(" and ");
    throw refused(`expected tokenId, session, user, device, user and device, or issuedBefore, got ${got}`);
  }
  for (const name of names) {
    const value: unknown = target[name];
    if (value !== undefined && (typeof value !== "string" || value === "" || value.length > maxIdLength)) {
      throw refused(`${name}: expected a text of 1 to ${maxIdLength} characters`);
    }
  }
  const { issuedBefore } = target;
  if (issuedBefore !== undefined && !(Number.isSafeInteger(issuedBefore) && issuedBefore > 0)) {
    throw refused("issuedBefore: expected whole milliseconds since 1970");
  }
  if (given.length === 0 && issuedBefore === undefined) throw refused("expected something to revoke, got nothing");
}

/** Under which key a target stands in an index. */
export function targetKey({ tokenId, session, user, device }: RevocationTarget): string {
  if (tokenId !== undefined) return `token ${tokenId}`;
  if (session !== undefined) return `session ${session}`;
  if (user !== undefined && device !== undefined) return userDeviceKey(user, device);
  if (user !== undefined) return `user ${user}`;
  return device === undefined ? "everybody" : `device ${device}`;
}

/** Every key under which a revocation could stand that reaches this subject: six at most. */
export function subjectKeys({ identity, device }: RevocationSubject): readonly string[] {
  const { userId, sessionId, tokenId } = identity;
  const keys = ["everybody", `user ${userId}`];
  if (tokenId !== undefined) keys.push(`token ${tokenId}`);
  if (sessionId !== undefined) keys.push(`session ${sessionId}`);
  if (device !== undefined) keys.push(`device ${device}`, userDeviceKey(userId, device));
  return keys;
}

/** Whether a credential was issued before this instant; one that does not say so was. */
export function isIssuedBefore({ identity }: RevocationSubject, instantMs: number): boolean {
  return identity.issuedAt === undefined || identity.issuedAt < instantMs;
}

/** Whether a revocation reaches a subject. */
export function reaches(target: RevocationTarget, subject: RevocationSubject): boolean {
  const isIssuedInTime = isIssuedBefore(subject, target.issuedBefore ?? Number.POSITIVE_INFINITY);
  return isIssuedInTime && subjectKeys(subject).includes(targetKey(target));
}

const names = ["tokenId", "session", "user", "device"] as const;
const combinations: ReadonlySet<string> = new Set(["", ...names, "user device"]);
const maxIdLength = 256;

/** Ids hold no control characters, so that none can pass for two. */
function userDeviceKey(user: string, device: string): string {
  return `user device ${user}\0${device}`;
}

function refused(message: string): GatewayError {
  return new GatewayError("invalid-options", `revoke: ${message}`);
}

import { CryptoError } from "../crypto-error.ts";
import { malformed } from "./canonical-cbor.ts";
import type { Fields } from "./fields.ts";

/** From when to when something counts; whole seconds since 1970, both ends included. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

const hour = 3_600;
const day = 24 * hour;

/** How long things may live, in seconds (KB-1). */
export const maxLifetimeSeconds: { readonly delegate: number; readonly bundle: number } = {
  delegate: 90 * day,
  bundle: 72 * hour,
};

/** By how many seconds a clock may differ (KB-3.6). */
export const toleratedSkewSeconds: { readonly delegate: number; readonly bundle: number } = {
  delegate: day,
  bundle: hour,
};

/**
 * Reads the dates of a map from two neighbouring keys.
 *
 * @throws CryptoError `key-bundle` for an end before the beginning and a life longer than `most` seconds
 */
export function readValidity(what: string, fields: Fields, first: number, most: number): Validity {
  const notBefore = fields.integer(first, 0);
  const notAfter = fields.integer(first + 1, notBefore);
  if (notAfter - notBefore <= most) return { notBefore, notAfter };
  throw malformed(`${what}: expected a life of at most ${most} seconds, got ${notAfter - notBefore}`);
}

/** Whether `now`, in seconds, lies inside, or outside by at most `skew`. */
export function isValidAt({ notBefore, notAfter }: Validity, now: number, skew: number): boolean {
  return now >= notBefore - skew && now <= notAfter + skew;
}

/**
 * An error of its own: what helps is another clock, or a fresh bundle (KB-3.6).
 *
 * @throws CryptoError `clock`
 */
export function requireValidAt(what: string, validity: Validity, now: number, skew: number): void {
  if (isValidAt(validity, now, skew)) return;
  const [side, away] =
    now < validity.notBefore ? ["only begins", validity.notBefore - now] : ["ended", now - validity.notAfter];
  const advice = "set this machine's clock, or publish a fresh bundle with `wardwire keys bundle`";
  throw new CryptoError("clock", `${what} ${side} ${away} seconds away from this clock; ${advice}`);
}

/** Tokens that name a device key in `cnf` (RFC 7800) count only with a proof that whoever shows them holds it (AU-2). */
import { fromBase64url } from "@wardwire/crypto/base64url";
import type { Bytes } from "@wardwire/crypto/bytes";
import { type ProofBinding, verifyDeviceProof } from "@wardwire/crypto/handshake/device-proof";
import type { Json } from "@wardwire/wire/frames";
import type { Credential, Identity } from "./identity.ts";

/** The device proof that came with a credential, and where it came. */
export interface PresentedProof {
  /** Base64url; undefined when none came. */
  readonly proof: string | undefined;
  /** What the proof has to be bound to; undefined on a connection that is not sealed, where nothing can be proved. */
  readonly binding: ProofBinding | undefined;
}

/** What comes with a credential outside sealed connections. */
export const noProof: PresentedProof = Object.freeze({ proof: undefined, binding: undefined });

/** `required`: on sealed connections a credential without a device key is refused. */
export type TokenBinding = "required" | undefined;

/**
 * Holds a credential that is good otherwise against the device key its identity's `cnf` claim names, whichever
 * authenticator it came from (AU-2, AU-3). A claim that names no key we can check is refused, never passed over: whoever
 * issued the token meant it to be bound. A ticket or a certificate cannot be proved, so that one whose identity names a
 * key is refused, and on a sealed connection where binding is required every one is.
 *
 * @returns what is wrong, in words for the log; undefined when nothing is.
 */
export async function bindingFault(
  identity: Identity,
  credential: Credential,
  { proof, binding }: PresentedProof,
  required: TokenBinding,
): Promise<string | undefined> {
  const key = deviceKeyOf(identity);
  if (key === undefined) {
    return required === undefined || binding === undefined ? undefined : `the ${credential.kind} names no device key`;
  }
  if (key === "unusable") return "cnf: expected jwk to be a public key for Ed25519 or P-256";
  if (credential.kind !== "token") return `cnf: a ${credential.kind} cannot prove a device key`;
  if (binding === undefined) return "cnf: a device key can be proved on a sealed connection only";
  if (proof === undefined) return "cnf: expected a proof of the device key";
  const signature = fromBase64url(proof);
  const isProved = signature !== undefined && (await verifyDeviceProof(key, binding, credential.token, signature));
  return isProved ? undefined : "cnf: the proof does not hold for this token and this connection";
}

/**
 * Whether a renewal leaves a bound connection bound to the same device key (AU-4). One that was not may become bound.
 *
 * @param inForce the identity to be replaced.
 * @param renewed the one to take its place, already held against its own device key.
 */
export function keepsDeviceKey(inForce: Identity, renewed: Identity): boolean {
  const before = deviceKeyOf(inForce);
  if (before === undefined) return true;
  const after = deviceKeyOf(renewed);
  if (before === "unusable" || after === undefined || after === "unusable") return false;
  // Each text stands for one key, so that equal texts are equal keys.
  return before.crv === after.crv && before.x === after.x && before.y === after.y;
}

/** 32 random bytes, which the proof of one renewal signs (AU-4). */
export function newRenewalNonce(): Bytes {
  return crypto.getRandomValues(new Uint8Array(32));
}

/** A public key of an algorithm that {@link verifyDeviceProof} knows. */
type DeviceKey =
  | { readonly kty: "OKP"; readonly crv: "Ed25519"; readonly x: string; readonly y?: never }
  | { readonly kty: "EC"; readonly crv: "P-256"; readonly x: string; readonly y: string };

/** What `cnf` names; undefined without one. */
function deviceKeyOf({ claims }: Identity): DeviceKey | "unusable" | undefined {
  // An authenticator of the application's own, in JavaScript, may give no claims.
  const cnf: Json | undefined = claims?.["cnf"];
  if (cnf === undefined) return undefined;
  const jwk = isObject(cnf) ? cnf["jwk"] : undefined;
  if (!isObject(jwk)) return "unusable";
  const { kty, crv, x, y } = jwk;
  // A private key in a token is known to whoever sees the token.
  if (jwk["d"] !== undefined || typeof x !== "string") return "unusable";
  if (kty === "OKP" && crv === "Ed25519") return { kty, crv, x };
  if (kty === "EC" && crv === "P-256" && typeof y === "string") return { kty, crv, x, y };
  return "unusable";
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

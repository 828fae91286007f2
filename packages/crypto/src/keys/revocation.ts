import type { Bytes } from "../bytes.ts";
import type { CryptoError } from "../crypto-error.ts";
import { signatureContexts } from "../labels.ts";
import type { Primitives } from "../primitives/primitives.ts";
import { decodeCanonical, encodeCanonical, malformed } from "./canonical-cbor.ts";
import { fieldsOf } from "./fields.ts";
import { type Pin, pinOf, pinOfHash } from "./pin.ts";
import { parseSignedObject, requireSignatures, type SigningKey, signingKeyBytes } from "./signing-key.ts";

/**
 * Signs, with the next identity, that the current one and everything it has signed has ended (KB-2.2).
 *
 * @param revoked the public signing key of the current identity
 * @param at seconds since 1970
 */
export async function issueRevocation(
  primitives: Primitives,
  next: SigningKey,
  revoked: Uint8Array,
  at: number,
): Promise<Bytes> {
  const payload = new Map<number, number | Uint8Array>([
    [1, format],
    [2, await primitives.sha256(revoked)],
    [3, next.publicKey],
    [4, at],
  ]);
  return next.sign(signatureContexts.revocation, encodeCanonical(payload));
}

/**
 * The pin that a revocation ends; undefined when it, or who signed it, is not among `pins`, or when the signer does not
 * stand behind it there: the current identity revokes neither itself nor the next one, so that whoever stole it cannot
 * revoke the one that is to revoke it (KB-2.3).
 *
 * @param pins in the order of succession: current, next
 * @throws CryptoError `key-bundle`, as a rejection, for what is malformed or not signed by whom it names
 */
export async function revokedPin(
  primitives: Primitives,
  pins: readonly Pin[],
  bytes: Uint8Array,
): Promise<Pin | undefined> {
  const signed = parseSignedObject(what, bytes);
  const fields = fieldsOf(what, decodeCanonical(what, signed.payload), [1, 2, 3, 4]);
  fields.integer(1, format, format);
  fields.integer(4, 0);
  const revoked = pinOfHash(fields.bytes(2, { length: 32 }));
  const next = fields.bytes(3, { length: signingKeyBytes });
  await requireSignatures(primitives, what, next, signatureContexts.revocation, signed);
  const nextPin = await pinOf(primitives, next);
  return pins.includes(revoked) && pins.indexOf(nextPin) > pins.indexOf(revoked) ? revoked : undefined;
}

/** The error of a bundle whose identity has been revoked. */
export function revokedError(pin: Pin): CryptoError {
  return malformed(`the identity ${pin} has been revoked by the next one: get the application with its new pins`);
}

const what = "a revocation";
const format = 1;

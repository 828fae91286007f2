import type { Bytes } from "../bytes.ts";
import { signatureContexts } from "../labels.ts";
import type { Primitives } from "../primitives/primitives.ts";
import { decodeCanonical, encodeCanonical } from "./canonical-cbor.ts";
import { fieldsOf } from "./fields.ts";
import { parseSignedObject, requireSignatures, type SigningKey, signingKeyBytes } from "./signing-key.ts";
import { maxLifetimeSeconds, readValidity, type Validity } from "./validity.ts";

/** What an identity says of a delegate. */
export interface Certificate extends Validity {
  readonly identity: Bytes;
  readonly delegate: Bytes;
}

/** Signs a delegate: the signed object, for {@link parseCertificate} and the bundle. */
export function issueCertificate(identity: SigningKey, delegate: Uint8Array, validity: Validity): Promise<Bytes> {
  const payload = new Map<number, number | Uint8Array>([
    [1, format],
    [2, identity.publicKey],
    [3, delegate],
    [4, validity.notBefore],
    [5, validity.notAfter],
  ]);
  return identity.sign(signatureContexts.delegate, encodeCanonical(payload));
}

/**
 * Reads a certificate without believing it; {@link requireCertificate} does the rest.
 *
 * @throws CryptoError `key-bundle`
 */
export function parseCertificate(bytes: Uint8Array): Certificate {
  const { payload } = parseSignedObject(what, bytes);
  const fields = fieldsOf(what, decodeCanonical(what, payload), [1, 2, 3, 4, 5]);
  fields.integer(1, format, format);
  return {
    identity: fields.bytes(2, { length: signingKeyBytes }),
    delegate: fields.bytes(3, { length: signingKeyBytes }),
    ...readValidity(what, fields, 4, maxLifetimeSeconds.delegate),
  };
}

/**
 * Holds the signatures of a certificate against the identity it names. Whether that identity is pinned, and whether the
 * dates fit, is for the caller to say.
 *
 * @throws CryptoError `key-bundle`, as a rejection
 */
export function requireCertificate(
  primitives: Primitives,
  bytes: Uint8Array,
  { identity }: Certificate,
): Promise<void> {
  return requireSignatures(primitives, what, identity, signatureContexts.delegate, parseSignedObject(what, bytes));
}

const what = "the delegate's certificate";
const format = 1;

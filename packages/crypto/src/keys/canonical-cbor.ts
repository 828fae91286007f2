/**
 * Deterministic CBOR (RFC 8949 §4.2.1) of what is signed (KB-1.2). One value has one form: what was decoded is encoded
 * again, and other bytes than those that came are refused.
 */
import { type DecodeOptions, decode, encode } from "cborg";
import { type Bytes, equalBytes } from "../bytes.ts";
import { CryptoError } from "../crypto-error.ts";

/** A value with the types this format has; maps have small integers as keys. */
export type CborValue = number | string | Uint8Array | readonly CborValue[] | ReadonlyMap<number, CborValue>;

/** The deterministic encoding of a value. */
export function encodeCanonical(value: CborValue): Bytes {
  // The library's arrays may lie in a larger buffer.
  return new Uint8Array(encode(value));
}

/**
 * Decodes one value in deterministic encoding that fills `bytes`; still of any shape.
 *
 * @param what names it in the error
 * @throws CryptoError `key-bundle`
 */
export function decodeCanonical(what: string, bytes: Uint8Array): unknown {
  try {
    const value: unknown = decode(bytes, options);
    if (equalBytes(encode(value), bytes)) return value;
  } catch (cause) {
    throw malformed(`${what}: expected deterministic CBOR, got bytes that are none`, { cause });
  }
  throw malformed(`${what}: expected deterministic CBOR, got another encoding of the same value`);
}

/** The error of everything in this format that is not as it must be (KB-3.7). */
export function malformed(message: string, errorOptions?: ErrorOptions): CryptoError {
  return new CryptoError("key-bundle", message, errorOptions);
}

const options: DecodeOptions = {
  strict: true,
  useMaps: true,
  allowBigInt: false,
  allowIndefinite: false,
  allowUndefined: false,
  allowNaN: false,
  allowInfinity: false,
  rejectDuplicateMapKeys: true,
};

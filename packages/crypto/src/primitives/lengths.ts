import { CryptoError } from "../crypto-error.ts";

/** @throws CryptoError `invalid-length` unless `bytes` has exactly `length` */
export function requireLength(what: string, bytes: { readonly length: number }, length: number): void {
  if (bytes.length === length) return;
  throw new CryptoError("invalid-length", `${what} must have ${length} bytes, got ${bytes.length}`);
}

/** @throws CryptoError `invalid-key` unless `key` has exactly `length` bytes */
export function requireKeyLength(what: string, key: Uint8Array, length: number): void {
  if (key.length !== length) throw invalidKey(`${what} must have ${length} bytes, got ${key.length}`);
}

/** A public key that cannot be used; it is public, so the message may say why. */
export function invalidKey(message: string, options?: ErrorOptions): CryptoError {
  return new CryptoError("invalid-key", message, options);
}

/** @throws CryptoError `invalid-length` beyond what HKDF-SHA-256 gives (RFC 5869 §2.3) */
export function requireExpandLength(length: number): void {
  if (Number.isInteger(length) && length >= 1 && length <= 255 * 32) return;
  throw new CryptoError("invalid-length", `HKDF-Expand gives 1 to 8160 bytes, asked for ${length}`);
}

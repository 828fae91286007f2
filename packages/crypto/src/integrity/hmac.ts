/**
 * HMAC-SHA-256 (RFC 2104, FIPS 180-4) by WebCrypto, which every platform has and which compares in constant time. It is
 * asynchronous; who signs does so once per checkpoint or request, never per frame.
 */
import type { SecretBytes } from "../secret-bytes.ts";

/** Bytes of a whole HMAC-SHA-256. */
export const macBytes = 32;

/** Imports a key of any length; it cannot be exported again, and `secret` stays its owner's. */
export function importHmacKey(secret: SecretBytes): Promise<CryptoKey> {
  // WebCrypto copies the bytes before it returns, so they need not outlive the call.
  return secret.use((bytes) => crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign", "verify"]));
}

/** The MAC of `message`, {@link macBytes} long, in an array of its own. */
export async function computeMac(key: CryptoKey, message: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, message));
}

/** Whether `mac` is the whole MAC of `message`: in constant time; another length is false at once, a length is no secret. */
export async function verifyMac(
  key: CryptoKey,
  message: Uint8Array<ArrayBuffer>,
  mac: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  return mac.length === macBytes && (await crypto.subtle.verify("HMAC", key, mac, message));
}

const algorithm = { name: "HMAC", hash: "SHA-256" } as const;

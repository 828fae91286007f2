/**
 * Signatures with a shared key: HMAC-SHA-256 over a context and bytes, with the id of the key. Who signs a value signs its
 * canonical bytes, such as the UTF-8 of RFC 8785 JSON, never what a serialiser happened to write; this module takes bytes
 * and leaves the canonical form to its caller.
 *
 * Whoever can verify can also sign. A signature therefore proves that a holder of the key made it, not which one.
 */
import { CryptoError } from "../crypto-error.ts";
import type { SecretBytes } from "../secret-bytes.ts";
import { parseHex, toHex } from "./hex.ts";
import { computeMac, importHmacKey, macBytes, verifyMac } from "./hmac.ts";

/** A key and its public name; made by {@link importIntegrityKey}. The key cannot be read out of it. */
export interface IntegrityKey {
  /** Travels with every signature, so that a verifier that holds several keys knows which one was used. */
  readonly keyId: string;
  readonly key: CryptoKey;
}

/** A signature as it is stored or sent; plain JSON. */
export interface Signature {
  readonly keyId: string;
  /** 64 lower-case hexadecimal characters. */
  readonly mac: string;
}

/** The fewest bytes of a key: as many as the hash gives (RFC 2104 §3). */
export const minIntegrityKeyBytes = 32;

/**
 * Makes a key that signs and verifies.
 *
 * @param keyId 1 to 64 characters; not secret
 * @param secret stays the caller's, who may dispose of it once this has resolved
 * @throws CryptoError `invalid-length`, as a rejection, for an id or a secret of another length; `disposed` for a secret let go
 */
export async function importIntegrityKey(keyId: string, secret: SecretBytes): Promise<IntegrityKey> {
  if (keyId.length < 1 || keyId.length > maxKeyIdLength) {
    throw new CryptoError(
      "invalid-length",
      `a key id must have 1 to ${maxKeyIdLength} characters, got ${keyId.length}`,
    );
  }
  if (secret.length < minIntegrityKeyBytes) {
    const expected = `at least ${minIntegrityKeyBytes} random bytes`;
    throw new CryptoError("invalid-length", `an integrity key must have ${expected}, got ${secret.length}`);
  }
  return { keyId, key: await importHmacKey(secret) };
}

/**
 * Signs `message` for one purpose.
 *
 * @param context names the purpose, such as "wardwire audit checkpoint v1": a signature made for one is none for another
 * @param message canonical bytes; read before this returns, and still the caller's
 */
export async function sign({ keyId, key }: IntegrityKey, context: string, message: Uint8Array): Promise<Signature> {
  return { keyId, mac: toHex(await computeMac(key, frame(context, message))) };
}

/**
 * Whether one of `keys` signed `message` for this purpose. In constant time as far as secrets go; false, never an error,
 * for an unknown key id, a MAC of another length and one that is not lower-case hexadecimal.
 *
 * @param keys the key in use and, while keys rotate, those whose signatures still count; ids must differ
 */
export async function verify(
  keys: readonly IntegrityKey[],
  context: string,
  message: Uint8Array,
  signature: Signature,
): Promise<boolean> {
  const known = keys.find(({ keyId }) => keyId === signature.keyId);
  const mac = parseHex(signature.mac, macBytes);
  if (known === undefined || mac === undefined) return false;
  return verifyMac(known.key, frame(context, message), mac);
}

const maxKeyIdLength = 64;
const lengthBytes = 4;

/**
 * What the MAC covers: the context's length in bytes (32 bits, big-endian), the context in UTF-8, the message. The length
 * keeps ("a", "bc") and ("ab", "c") apart; the message is last, and HMAC itself binds where it ends.
 */
function frame(context: string, message: Uint8Array): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(context);
  const framed = new Uint8Array(lengthBytes + name.length + message.length);
  new DataView(framed.buffer).setUint32(0, name.length);
  framed.set(name, lengthBytes);
  framed.set(message, lengthBytes + name.length);
  return framed;
}

/**
 * The backend of browsers: WebCrypto, asynchronous, with keys that cannot be exported. What a browser lacks comes from
 * `noble/`, each part a chunk that is loaded only when it is needed.
 */
import { SecretBytes } from "../secret-bytes.ts";
import { requireExpandLength, requireLength } from "./lengths.ts";
import { type AeadKey, aeadBytes, type Primitives } from "./primitives.ts";
import { randomBytes } from "./random-bytes.ts";
import { holdKey } from "./web/import-key.ts";
import { webKeyExchange } from "./web/key-exchange.ts";
import { webEd25519, webMlDsa65 } from "./web/signatures.ts";
import { assembleXWing } from "./x-wing.ts";

/** Finds out once what this browser has, and gives all primitives. */
export async function createWebPrimitives(): Promise<Primitives> {
  // X-Wing needs SHA3-256 and SHAKE256 between its native halves.
  const [{ nobleSha3 }, keyExchange, ed25519, mlDsa65] = await Promise.all([
    import("./noble/sha3.ts"),
    webKeyExchange(),
    webEd25519(),
    webMlDsa65(),
  ]);
  return {
    backend: "web",
    randomBytes,
    sha256: async (message) => new Uint8Array(await crypto.subtle.digest("SHA-256", message.slice())),
    hkdfExtract: (salt, ikm) => hmac(salt.length === 0 ? noSalt : salt, ikm),
    hkdfExpand,
    importAead: (algorithm, key) => (algorithm === "aes-256-gcm" ? importGcm(key) : importChaCha(key)),
    kem: assembleXWing({ randomBytes, ...nobleSha3, ...keyExchange }),
    ed25519,
    mlDsa65,
  };
}

const noSalt = new Uint8Array(32);

async function hmac(key: Uint8Array, message: SecretBytes): Promise<SecretBytes> {
  const copy = message.use((bytes) => bytes.slice());
  try {
    const imported = await importHmac(key.slice());
    return SecretBytes.take(new Uint8Array(await crypto.subtle.sign("HMAC", imported, copy)));
  } finally {
    copy.fill(0);
  }
}

function importHmac(key: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

/** WebCrypto's own HKDF extracts and expands in one, so the blocks of RFC 5869 §2.3 are made here. */
async function hkdfExpand(prk: SecretBytes, info: Uint8Array, length: number): Promise<SecretBytes> {
  requireExpandLength(length);
  const suffix = info.slice();
  const key = await prk.use(importHmac);
  const output = new Uint8Array(Math.ceil(length / 32) * 32);
  try {
    for (let at = 0, counter = 1; at < length; at += 32, counter += 1) {
      const before = output.subarray(Math.max(0, at - 32), at);
      const input = new Uint8Array([...before, ...suffix, counter]);
      output.set(new Uint8Array(await crypto.subtle.sign("HMAC", key, input)), at);
      input.fill(0);
    }
    return SecretBytes.copyOf(output.subarray(0, length));
  } finally {
    output.fill(0);
  }
}

async function importGcm(key: SecretBytes): Promise<AeadKey> {
  requireLength("an AEAD key", key, aeadBytes.key);
  const held = await key.use((bytes) =>
    crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]),
  );
  const { key: imported, dispose } = holdKey("this AEAD key", held);
  const parameters = (nonce: Uint8Array, associatedData: Uint8Array): AesGcmParams => ({
    name: "AES-GCM",
    iv: nonce.slice(),
    additionalData: associatedData.slice(),
    tagLength: aeadBytes.tag * 8,
  });
  return {
    async seal(nonce, associatedData, plaintext) {
      requireLength("an AEAD nonce", nonce, aeadBytes.nonce);
      const sealed = crypto.subtle.encrypt(parameters(nonce, associatedData), imported(), plaintext.slice());
      return new Uint8Array(await sealed);
    },
    async open(nonce, associatedData, sealed) {
      if (sealed.length < aeadBytes.tag || nonce.length !== aeadBytes.nonce) return undefined;
      const alive = imported();
      try {
        const opened = crypto.subtle.decrypt(parameters(nonce, associatedData), alive, sealed.slice());
        return new Uint8Array(await opened);
      } catch {
        return undefined;
      }
    },
    dispose,
  };
}

/** No browser has ChaCha20-Poly1305 everywhere, and in JavaScript it is faster than a promise for small records. */
async function importChaCha(key: SecretBytes): Promise<AeadKey> {
  const held = key.use((bytes) => SecretBytes.copyOf(bytes));
  try {
    const { importAead } = await import("./noble/aead.ts");
    return importAead("chacha20-poly1305", held);
  } finally {
    held.dispose();
  }
}

import { gcm } from "@noble/ciphers/aes.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { SecretBytes } from "../../secret-bytes.ts";
import { requireLength } from "../lengths.ts";
import { type AeadAlgorithm, type AeadKey, aeadBytes } from "../primitives.ts";

/** A key of an AEAD in JavaScript; see `Primitives.importAead`. */
export function importAead(algorithm: AeadAlgorithm, key: SecretBytes): AeadKey<"sync"> {
  requireLength("an AEAD key", key, aeadBytes.key);
  const held = key.use((bytes) => SecretBytes.copyOf(bytes));
  const cipher = algorithm === "aes-256-gcm" ? gcm : chacha20poly1305;
  return {
    seal(nonce, associatedData, plaintext) {
      requireLength("an AEAD nonce", nonce, aeadBytes.nonce);
      return held.use((bytes) => cipher(bytes, nonce, associatedData).encrypt(plaintext));
    },
    open(nonce, associatedData, sealed) {
      if (sealed.length < aeadBytes.tag || nonce.length !== aeadBytes.nonce) return undefined;
      return held.use((bytes) => {
        try {
          return cipher(bytes, nonce, associatedData).decrypt(sealed);
        } catch {
          return undefined;
        }
      });
    },
    dispose: () => held.dispose(),
  };
}

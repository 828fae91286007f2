/** The two halves of X-Wing in JavaScript; `web.ts` takes here what a browser lacks. */
import { x25519 } from "@noble/curves/ed25519.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { SecretBytes } from "../../secret-bytes.ts";
import { invalidKey } from "../lengths.ts";
import type { XWingParts } from "../x-wing.ts";

/** ML-KEM-768 and X25519. */
export const nobleKeyExchange: Pick<XWingParts, "mlKem" | "x25519"> = {
  mlKem: {
    async fromSeed(seed) {
      const { publicKey, secretKey } = ml_kem768.keygen(seed);
      const held = SecretBytes.take(secretKey);
      return {
        publicKey,
        decapsulate: async (ciphertext) => held.use((bytes) => ml_kem768.decapsulate(ciphertext, bytes)),
        dispose: () => held.dispose(),
      };
    },
    async encapsulate(publicKey) {
      try {
        const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey);
        return { ciphertext: cipherText, secret: sharedSecret };
      } catch (cause) {
        throw invalidKey("expected an ML-KEM-768 public key, got bytes that are none", { cause });
      }
    },
  },
  x25519: {
    async fromScalar(scalar) {
      const held = SecretBytes.copyOf(scalar);
      return {
        publicKey: held.use((bytes) => x25519.getPublicKey(bytes)),
        agree: async (share) => held.use((bytes) => agree(bytes, share)),
        dispose: () => held.dispose(),
      };
    },
  },
};

/** The library throws at a secret of zeros, and at nothing else of 32 bytes. */
function agree(scalar: Uint8Array, share: Uint8Array): ReturnType<typeof x25519.getSharedSecret> | undefined {
  try {
    return x25519.getSharedSecret(scalar, share);
  } catch {
    return undefined;
  }
}

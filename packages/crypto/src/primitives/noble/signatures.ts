import { ed25519 } from "@noble/curves/ed25519.js";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import type { Bytes } from "../../bytes.ts";
import { SecretBytes } from "../../secret-bytes.ts";
import { requireKeyLength, requireLength } from "../lengths.ts";
import type { SignatureScheme } from "../primitives.ts";

/** Ed25519 (RFC 8032), verified as strictly as OpenSSL does, not by the laxer ZIP 215. */
export const nobleEd25519: SignatureScheme<"sync"> = signatureScheme(32, 64, {
  publicKey: (seed) => ed25519.getPublicKey(seed),
  sign: (message, seed) => ed25519.sign(message, seed),
  verify: (signature, message, publicKey) => ed25519.verify(signature, message, publicKey, { zip215: false }),
});

/** ML-DSA-65 (FIPS 204). */
export const nobleMlDsa65: SignatureScheme<"sync"> = signatureScheme(1_952, 3_309, {
  publicKey: (seed) => withMlDsaKey(seed, ({ publicKey }) => publicKey),
  sign: (message, seed) => withMlDsaKey(seed, ({ secretKey }) => ml_dsa65.sign(message, secretKey)),
  verify: (signature, message, publicKey) => ml_dsa65.verify(signature, message, publicKey),
});

interface SignatureFunctions {
  publicKey(seed: Uint8Array): Bytes;
  sign(message: Uint8Array, seed: Uint8Array): Bytes;
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
}

function signatureScheme(
  publicKeyBytes: number,
  signatureBytes: number,
  functions: SignatureFunctions,
): SignatureScheme<"sync"> {
  return {
    publicKeyBytes,
    signatureBytes,
    signer(seed) {
      requireLength("a seed of a signing key", seed, 32);
      const held = seed.use((bytes) => SecretBytes.copyOf(bytes));
      return {
        publicKey: held.use((bytes) => functions.publicKey(bytes)),
        sign: (message) => held.use((bytes) => functions.sign(message, bytes)),
        dispose: () => held.dispose(),
      };
    },
    verifier(publicKey) {
      requireKeyLength("a public key of signatures", publicKey, publicKeyBytes);
      const key = publicKey.slice();
      return {
        verify(message, signature) {
          try {
            return functions.verify(signature, message, key);
          } catch {
            // The library throws at what cannot be a signature; whatever is wrong is false here.
            return false;
          }
        },
      };
    },
  };
}

function withMlDsaKey<Result>(
  seed: Uint8Array,
  use: (keys: { readonly publicKey: Bytes; readonly secretKey: Bytes }) => Result,
): Result {
  const keys = ml_dsa65.keygen(seed);
  try {
    return use(keys);
  } finally {
    keys.secretKey.fill(0);
  }
}

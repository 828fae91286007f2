import { requireKeyLength } from "../lengths.ts";
import type { SignatureScheme } from "../primitives.ts";
import { importRawPublic, supports } from "./import-key.ts";

/** Ed25519: verified by the browser where it can; signing from a seed, which is no browser's task, is JavaScript. */
export function webEd25519(): Promise<SignatureScheme> {
  return verifiedByBrowser("Ed25519", 32, async () => (await import("../noble/signatures.ts")).nobleEd25519);
}

/** ML-DSA-65, as {@link webEd25519}. */
export function webMlDsa65(): Promise<SignatureScheme> {
  return verifiedByBrowser("ML-DSA-65", 1_952, async () => (await import("../noble/signatures.ts")).nobleMlDsa65);
}

async function verifiedByBrowser(
  algorithm: "Ed25519" | "ML-DSA-65",
  publicKeyBytes: number,
  load: () => Promise<SignatureScheme>,
): Promise<SignatureScheme> {
  const native = await supports(() => crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]));
  if (!native) return load();
  return {
    publicKeyBytes,
    signatureBytes: algorithm === "Ed25519" ? 64 : 3_309,
    async signer(seed) {
      return (await load()).signer(seed);
    },
    async verifier(publicKey) {
      requireKeyLength(`a public key of ${algorithm}`, publicKey, publicKeyBytes);
      const key = await importRawPublic(algorithm, publicKey, ["verify"]);
      return {
        verify: (message, signature) => crypto.subtle.verify(algorithm, key, signature.slice(), message.slice()),
      };
    },
  };
}

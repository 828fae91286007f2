/**
 * Proof that whoever shows a token holds the key its `cnf` names, bound to one handshake (AU-2). By WebCrypto on every
 * platform, so that a browser's key need not be extractable.
 */
import { type Bytes, concatBytes, utf8 } from "../bytes.ts";
import { signatureContexts } from "../labels.ts";
import type { SecretBytes } from "../secret-bytes.ts";
import { handshakeFailed } from "./handshake-error.ts";

/** What a proof is bound to. */
export type ProofBinding =
  | { readonly role: "auth" /** h of the finished handshake. */; readonly transcriptHash: Uint8Array }
  | {
      readonly role: "renewal";
      /** The exporter in force; stays its owner's. */
      readonly exporter: SecretBytes;
      /** 32 bytes that the gateway gave for this renewal. */
      readonly nonce: Uint8Array;
    };

/**
 * Signs a proof with the device's private key, Ed25519 or ECDSA P-256.
 *
 * @throws CryptoError `handshake`, as a rejection, for a key of another algorithm
 */
export async function signDeviceProof(key: CryptoKey, binding: ProofBinding, token: string): Promise<Bytes> {
  const message = await proofMessage(binding, token);
  return new Uint8Array(await crypto.subtle.sign(signingAlgorithm(key.algorithm.name), key, message));
}

/**
 * Whether a proof was made by the key that `cnf.jwk` names, for this token and this handshake; false, never an error, for
 * whatever is wrong, a key of another kind included.
 */
export async function verifyDeviceProof(
  jwk: JsonWebKey,
  binding: ProofBinding,
  token: string,
  proof: Uint8Array,
): Promise<boolean> {
  const name = jwk.kty === "OKP" && jwk.crv === "Ed25519" ? "Ed25519" : "ECDSA";
  const { kty, crv, x, y } = jwk;
  // Only what makes the public key: `alg`, `key_ops` and the like of a token must not steer the import.
  const publicJwk = name === "Ed25519" ? { kty, crv, x } : { kty, crv, x, y };
  const message = await proofMessage(binding, token);
  try {
    const parameters = name === "Ed25519" ? { name } : { name, namedCurve: "P-256" };
    const key = await crypto.subtle.importKey("jwk", publicJwk as JsonWebKey, parameters, false, ["verify"]);
    return await crypto.subtle.verify(signingAlgorithm(name), key, proof.slice(), message);
  } catch {
    return false;
  }
}

/** What is signed: context, role, h or exporter, nonce or zeros, SHA-256 of the token (handshake.md §4). */
async function proofMessage(binding: ProofBinding, token: string): Promise<Bytes> {
  const context = utf8(signatureContexts.deviceProof);
  const tokenHash = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(token)));
  if (binding.role === "auth") {
    return concatBytes(context, Uint8Array.of(1), binding.transcriptHash, new Uint8Array(32), tokenHash);
  }
  const { exporter, nonce } = binding;
  if (nonce.length !== 32) throw handshakeFailed();
  return exporter.use((bytes) => concatBytes(context, Uint8Array.of(2), bytes, nonce, tokenHash));
}

function signingAlgorithm(name: string): AlgorithmIdentifier | EcdsaParams {
  if (name === "Ed25519") return name;
  if (name === "ECDSA") return { name, hash: "SHA-256" };
  throw handshakeFailed();
}

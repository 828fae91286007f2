/** The name of an asymmetric signature algorithm, as it stands in a token's `alg`. */
export type AsymmetricAlgorithm =
  | "EdDSA"
  | "Ed25519"
  | "ES256"
  | "ES384"
  | "ES512"
  | "PS256"
  | "PS384"
  | "PS512"
  | "RS256"
  | "RS384"
  | "RS512"
  | "ML-DSA-44"
  | "ML-DSA-65"
  | "ML-DSA-87";

/** What a signature algorithm asks of its key: the JWK key type and, where it has one, the curve. */
export interface KeyKind {
  readonly kty: "OKP" | "EC" | "RSA" | "AKP";
  readonly crv?: string;
}

/**
 * The asymmetric signature algorithms a token may be signed with (RFC 7518 §3.1, RFC 8037, RFC 9864, RFC 9964), each
 * bound to one kind of key. `EdDSA` and `Ed25519` are two names of the same algorithm.
 */
export const keyKinds: Readonly<Record<AsymmetricAlgorithm, KeyKind>> = {
  EdDSA: { kty: "OKP", crv: "Ed25519" },
  Ed25519: { kty: "OKP", crv: "Ed25519" },
  ES256: { kty: "EC", crv: "P-256" },
  ES384: { kty: "EC", crv: "P-384" },
  ES512: { kty: "EC", crv: "P-521" },
  PS256: { kty: "RSA" },
  PS384: { kty: "RSA" },
  PS512: { kty: "RSA" },
  RS256: { kty: "RSA" },
  RS384: { kty: "RSA" },
  RS512: { kty: "RSA" },
  "ML-DSA-44": { kty: "AKP" },
  "ML-DSA-65": { kty: "AKP" },
  "ML-DSA-87": { kty: "AKP" },
};

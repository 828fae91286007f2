import type { Bytes } from "../bytes.ts";
import type { SecretBytes } from "../secret-bytes.ts";
import type { Outcome, Timing } from "./outcome.ts";

/**
 * Everything the protocol asks of a cryptographic library, and nothing else; three backends give it: `node.ts`, `web.ts`
 * and `noble.ts`, with the same results byte for byte.
 *
 * Arguments stay the caller's and are read before a call returns. Results are new arrays, the caller's. Where a secret
 * comes out as {@link SecretBytes}, the caller owns it.
 */
export interface Primitives<When extends Timing = Timing> {
  readonly backend: "node" | "web" | "noble";
  /** `length` bytes, 1 to 65,536, of the operating system's generator (HS-4.1). */
  randomBytes(length: number): Bytes;
  /** SHA-256, FIPS 180-4: 32 bytes. */
  sha256(message: Uint8Array): Outcome<When, Bytes>;
  /** HKDF-Extract with SHA-256, RFC 5869 §2.2: 32 bytes. An empty salt is 32 zeros. */
  hkdfExtract(salt: Uint8Array, ikm: SecretBytes): Outcome<When, SecretBytes>;
  /**
   * HKDF-Expand with SHA-256, RFC 5869 §2.3.
   *
   * @param length bytes, 1 to 8,160
   * @throws CryptoError `invalid-length`
   */
  hkdfExpand(prk: SecretBytes, info: Uint8Array, length: number): Outcome<When, SecretBytes>;
  /**
   * Makes a key that seals and opens; `key` stays the caller's, who may dispose of it once the result is there.
   *
   * @throws CryptoError `invalid-length` unless the key has 32 bytes
   */
  importAead(algorithm: AeadAlgorithm, key: SecretBytes): Outcome<When, AeadKey<When>>;
  readonly kem: Kem;
  /** RFC 8032, pure. */
  readonly ed25519: SignatureScheme<When>;
  /** FIPS 204, pure, with the empty context string. */
  readonly mlDsa65: SignatureScheme<When>;
}

/** The two AEADs: 32 bytes of key, 12 of nonce, 16 of tag. */
export type AeadAlgorithm = "aes-256-gcm" | "chacha20-poly1305";

/** Bytes of the parts of an AEAD, the same for both. */
export const aeadBytes = { key: 32, nonce: 12, tag: 16 } as const;

/** A key of an AEAD. Whoever holds it sees to it that no nonce is used twice. */
export interface AeadKey<When extends Timing = Timing> {
  /**
   * Ciphertext and tag.
   *
   * @throws CryptoError `invalid-length` for a nonce of another length than 12
   */
  seal(nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Outcome<When, Bytes>;
  /** The plaintext; undefined, and nothing else, whatever is wrong. No plaintext is released before its tag is checked. */
  open(nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array): Outcome<When, Bytes | undefined>;
  /** Lets go of the key, and erases it where the platform can; using it afterwards throws `disposed`. */
  dispose(): void;
}

/** X-Wing (draft-connolly-cfrg-xwing-kem-11). Always asynchronous, so that a platform can compute it elsewhere (HS-3.4). */
export interface Kem {
  /** A fresh key pair. */
  generate(): Promise<KemPrivateKey>;
  /**
   * The key pair of a seed, which stays the caller's.
   *
   * @throws CryptoError `invalid-length`, as a rejection, unless the seed has 32 bytes
   */
  fromSeed(seed: SecretBytes): Promise<KemPrivateKey>;
  /**
   * A fresh secret for the holder of a public key.
   *
   * @throws CryptoError `invalid-key`, as a rejection, for a public key of another length or one that is malformed
   */
  encapsulate(publicKey: Uint8Array): Promise<Encapsulation>;
}

/** What {@link Kem.encapsulate} gives: the ciphertext to send and the secret to keep. */
export interface Encapsulation {
  readonly ciphertext: Bytes;
  readonly secret: SecretBytes;
}

/** A private key of the KEM. */
export interface KemPrivateKey {
  /** 1,216 bytes; treat it as read-only. */
  readonly publicKey: Bytes;
  /**
   * The secret of a ciphertext. One that was not made for this key gives a secret that nobody knows (implicit rejection).
   *
   * @throws CryptoError `invalid-length`, as a rejection, unless the ciphertext has 1,120 bytes
   */
  decapsulate(ciphertext: Uint8Array): Promise<SecretBytes>;
  /** Lets go of the key, and erases it where the platform can. */
  dispose(): void;
}

/** One algorithm of signatures. */
export interface SignatureScheme<When extends Timing = Timing> {
  readonly publicKeyBytes: number;
  readonly signatureBytes: number;
  /**
   * The signing key of a seed of 32 bytes, which stays the caller's.
   *
   * @throws CryptoError `invalid-length`
   */
  signer(seed: SecretBytes): Outcome<When, Signer<When>>;
  /**
   * A key that verifies; import it once for many signatures.
   *
   * @throws CryptoError `invalid-key` for another length, or where the platform looks at more than that
   */
  verifier(publicKey: Uint8Array): Outcome<When, Verifier<When>>;
}

/** A private key of a signature scheme. */
export interface Signer<When extends Timing = Timing> {
  /** Treat it as read-only. */
  readonly publicKey: Bytes;
  sign(message: Uint8Array): Outcome<When, Bytes>;
  /** Lets go of the key, and erases it where the platform can. */
  dispose(): void;
}

/** A public key of a signature scheme. */
export interface Verifier<When extends Timing = Timing> {
  /** Whether this key signed the message; false, never an error, for whatever is wrong. */
  verify(message: Uint8Array, signature: Uint8Array): Outcome<When, boolean>;
}

/**
 * X-Wing from its parts (draft-connolly-cfrg-xwing-kem-11 §5): one assembly for all backends, which differ in who
 * computes ML-KEM-768, X25519 and SHA-3.
 */
import { type Bytes, concatBytes } from "../bytes.ts";
import { SecretBytes } from "../secret-bytes.ts";
import { invalidKey, requireKeyLength, requireLength } from "./lengths.ts";
import type { Encapsulation, Kem, KemPrivateKey } from "./primitives.ts";

/** Bytes of what X-Wing takes and gives. */
export const xWingBytes = { seed: 32, publicKey: 1_216, ciphertext: 1_120, secret: 32 } as const;

/** What a backend brings. Arrays that come out hold secrets only where it says so; the assembly erases those. */
export interface XWingParts {
  randomBytes(length: number): Bytes;
  sha3(message: Uint8Array): Bytes;
  shake256(message: Uint8Array, length: number): Bytes;
  /** ML-KEM-768 (FIPS 203). */
  readonly mlKem: {
    /** @param seed d ‖ z, 64 bytes, secret */
    fromSeed(seed: Bytes): Promise<MlKemPrivateKey>;
    /**
     * A ciphertext and a secret.
     *
     * @throws CryptoError `invalid-key`, as a rejection, where a coefficient of the key is not reduced
     */
    encapsulate(publicKey: Bytes): Promise<{ readonly ciphertext: Bytes; readonly secret: Bytes }>;
  };
  /** RFC 7748. */
  readonly x25519: {
    /** @param scalar 32 bytes, secret */
    fromScalar(scalar: Bytes): Promise<X25519PrivateKey>;
  };
}

/** An ML-KEM-768 private key of a backend. */
export interface MlKemPrivateKey {
  readonly publicKey: Bytes;
  /** The secret; an implicitly rejected one for a ciphertext of another key. */
  decapsulate(ciphertext: Bytes): Promise<Bytes>;
  dispose(): void;
}

/** An X25519 private key of a backend. */
export interface X25519PrivateKey {
  readonly publicKey: Bytes;
  /** The shared secret; undefined where it is all zeros (RFC 7748 §6.1). */
  agree(publicKey: Bytes): Promise<Bytes | undefined>;
  dispose(): void;
}

/** X-Wing over the given parts. */
export function assembleXWing(parts: XWingParts): Kem {
  return {
    async generate() {
      const seed = SecretBytes.take(parts.randomBytes(xWingBytes.seed));
      try {
        return await privateKey(parts, seed);
      } finally {
        seed.dispose();
      }
    },
    fromSeed: (seed) => privateKey(parts, seed),
    encapsulate: (publicKey) => encapsulate(parts, publicKey),
  };
}

const mlKemSeedBytes = 64;
const mlKemPublicKeyBytes = 1_184;
const mlKemCiphertextBytes = 1_088;
const shareBytes = 32;

/** The six characters of the draft's label, `\.//^\`. */
const label = Uint8Array.of(0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c);

async function privateKey(parts: XWingParts, seed: SecretBytes): Promise<KemPrivateKey> {
  requireLength("an X-Wing seed", seed, xWingBytes.seed);
  const expanded = seed.use((bytes) => parts.shake256(bytes, mlKemSeedBytes + shareBytes));
  try {
    const mlKem = await parts.mlKem.fromSeed(expanded.subarray(0, mlKemSeedBytes));
    const x25519 = await parts.x25519.fromScalar(expanded.subarray(mlKemSeedBytes));
    return {
      publicKey: concatBytes(mlKem.publicKey, x25519.publicKey),
      decapsulate: (ciphertext) => decapsulate(parts, mlKem, x25519, ciphertext),
      dispose: () => {
        mlKem.dispose();
        x25519.dispose();
      },
    };
  } finally {
    expanded.fill(0);
  }
}

async function encapsulate(parts: XWingParts, publicKey: Uint8Array): Promise<Encapsulation> {
  requireKeyLength("an X-Wing public key", publicKey, xWingBytes.publicKey);
  const shareOfPeer = publicKey.slice(mlKemPublicKeyBytes);
  const scalar = parts.randomBytes(shareBytes);
  const ephemeral = await parts.x25519.fromScalar(scalar).finally(() => scalar.fill(0));
  try {
    const [{ ciphertext, secret }, agreed] = await Promise.all([
      parts.mlKem.encapsulate(publicKey.slice(0, mlKemPublicKeyBytes)),
      ephemeral.agree(shareOfPeer),
    ]);
    if (agreed === undefined) throw invalidKey("the X25519 part of an X-Wing public key has a small order");
    return {
      ciphertext: concatBytes(ciphertext, ephemeral.publicKey),
      secret: combine(parts, secret, agreed, ephemeral.publicKey, shareOfPeer),
    };
  } finally {
    ephemeral.dispose();
  }
}

async function decapsulate(
  parts: XWingParts,
  mlKem: MlKemPrivateKey,
  x25519: X25519PrivateKey,
  ciphertext: Uint8Array,
): Promise<SecretBytes> {
  requireLength("an X-Wing ciphertext", ciphertext, xWingBytes.ciphertext);
  const share = ciphertext.slice(mlKemCiphertextBytes);
  const [secret, agreed] = await Promise.all([
    mlKem.decapsulate(ciphertext.slice(0, mlKemCiphertextBytes)),
    x25519.agree(share),
  ]);
  // A degenerate share is rejected as ML-KEM rejects: the secret is one that nobody knows, and the path is the same (HS-4.2).
  return combine(parts, secret, agreed ?? parts.randomBytes(shareBytes), share, x25519.publicKey);
}

/** The combiner of §5.3; erases the two secrets that go in. */
function combine(parts: XWingParts, mlKem: Bytes, x25519: Bytes, share: Bytes, publicKey: Bytes): SecretBytes {
  const input = concatBytes(mlKem, x25519, share, publicKey, label);
  const secret = SecretBytes.take(parts.sha3(input));
  for (const spent of [mlKem, x25519, input]) spent.fill(0);
  return secret;
}

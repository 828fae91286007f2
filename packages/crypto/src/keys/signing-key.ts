import { type Bytes, concatBytes, utf8 } from "../bytes.ts";
import { CryptoError } from "../crypto-error.ts";
import type { SignatureContext } from "../labels.ts";
import type { Primitives, SignatureScheme } from "../primitives/primitives.ts";
import { SecretBytes } from "../secret-bytes.ts";
import { decodeCanonical, encodeCanonical, malformed } from "./canonical-cbor.ts";
import { bytesOf, listOf } from "./fields.ts";

/** Bytes of a signing key: `0x01`, Ed25519, ML-DSA-65 (KB-1.1). */
export const signingKeyBytes = 1_985;

/** Bytes of the two seeds of a signing key: Ed25519, ML-DSA-65. */
export const signingSeedBytes = 64;

/** An identity or a delegate: two algorithms, of which both must be broken to forge. */
export interface SigningKey {
  /** {@link signingKeyBytes} long; treat it as read-only. */
  readonly publicKey: Bytes;
  /** The signed object of a payload: deterministic CBOR, in an array of its own (KB-1.3). */
  sign(context: SignatureContext, payload: Uint8Array): Promise<Bytes>;
  dispose(): void;
}

/** A signed object, taken apart but not verified. */
export interface SignedObject {
  readonly payload: Bytes;
  readonly ed25519: Bytes;
  readonly mlDsa65: Bytes;
}

/**
 * The signing key of two seeds, {@link signingSeedBytes} together; `seeds` stays the caller's.
 *
 * @throws CryptoError `invalid-length`, as a rejection
 */
export async function importSigningKey(primitives: Primitives, seeds: SecretBytes): Promise<SigningKey> {
  if (seeds.length !== signingSeedBytes) {
    throw new CryptoError("invalid-length", `the seeds of a signing key have 64 bytes together, got ${seeds.length}`);
  }
  const half = (from: number): SecretBytes => seeds.use((bytes) => SecretBytes.copyOf(bytes.subarray(from, from + 32)));
  const [edSeed, mlSeed] = [half(0), half(32)];
  try {
    const ed25519 = await primitives.ed25519.signer(edSeed);
    const mlDsa65 = await primitives.mlDsa65.signer(mlSeed);
    return {
      publicKey: concatBytes(Uint8Array.of(keyFormat), ed25519.publicKey, mlDsa65.publicKey),
      async sign(context, payload) {
        const message = signedMessage(context, payload);
        return encodeCanonical([payload, await ed25519.sign(message), await mlDsa65.sign(message)]);
      },
      dispose() {
        ed25519.dispose();
        mlDsa65.dispose();
      },
    };
  } finally {
    edSeed.dispose();
    mlSeed.dispose();
  }
}

/**
 * Takes a signed object apart.
 *
 * @throws CryptoError `key-bundle`
 */
export function parseSignedObject(what: string, bytes: Uint8Array): SignedObject {
  const parts = listOf(what, decodeCanonical(what, bytes), 3, 3, (part) => bytesOf(what, part));
  const [payload, ed25519, mlDsa65] = parts as readonly [Bytes, Bytes, Bytes];
  return { payload, ed25519, mlDsa65 };
}

/**
 * Holds both signatures against a signing key (KB-1.3).
 *
 * @throws CryptoError `key-bundle`, as a rejection, when either does not verify
 */
export async function requireSignatures(
  primitives: Primitives,
  what: string,
  signingKey: Uint8Array,
  context: SignatureContext,
  { payload, ed25519, mlDsa65 }: SignedObject,
): Promise<void> {
  if (signingKey.length !== signingKeyBytes || signingKey[0] !== keyFormat) {
    throw malformed(`${what}: expected a signing key of ${signingKeyBytes} bytes in format ${keyFormat}`);
  }
  const message = signedMessage(context, payload);
  const lattice = 1 + primitives.ed25519.publicKeyBytes;
  const classical = await verifies(primitives.ed25519, signingKey.subarray(1, lattice), message, ed25519);
  const postQuantum = await verifies(primitives.mlDsa65, signingKey.subarray(lattice), message, mlDsa65);
  if (!(classical && postQuantum)) throw malformed(`${what}: expected two signatures that verify`);
}

const keyFormat = 1;

/** `length u8 ‖ context ‖ payload`: the length keeps a context from running into what is signed. */
function signedMessage(context: SignatureContext, payload: Uint8Array): Bytes {
  const name = utf8(context);
  return concatBytes(Uint8Array.of(name.length), name, payload);
}

async function verifies(
  scheme: SignatureScheme,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  try {
    return await (await scheme.verifier(publicKey)).verify(message, signature);
  } catch (error) {
    if (error instanceof CryptoError && error.code === "invalid-key") return false;
    throw error;
  }
}

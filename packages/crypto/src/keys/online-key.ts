import { type Bytes, concatBytes } from "../bytes.ts";
import { CryptoError } from "../crypto-error.ts";
import type { KemPrivateKey, Primitives } from "../primitives/primitives.ts";
import { xWingBytes } from "../primitives/x-wing.ts";
import { SecretBytes } from "../secret-bytes.ts";
import { kidOf } from "./bundle.ts";
import type { Validity } from "./validity.ts";

/** An X-Wing key of a gateway, with its dates. */
export interface OnlineKey extends Validity {
  readonly kid: Bytes;
  readonly publicKey: Bytes;
  /** Decapsulates; belongs to whoever holds this object. */
  readonly privateKey: KemPrivateKey;
}

/** The content of an online key's file: seed, notBefore, notAfter (KF-2). */
export function generateOnlineKeyContent({ notBefore, notAfter }: Validity): SecretBytes {
  const seed = SecretBytes.random(xWingBytes.seed);
  const dates = new DataView(new ArrayBuffer(16));
  dates.setBigUint64(0, BigInt(notBefore));
  dates.setBigUint64(8, BigInt(notAfter));
  try {
    return SecretBytes.take(seed.use((bytes) => concatBytes(bytes, new Uint8Array(dates.buffer))));
  } finally {
    seed.dispose();
  }
}

/**
 * The online key of a file's content, which stays the caller's.
 *
 * @throws CryptoError `key-file`, as a rejection, for another length
 */
export async function importOnlineKey(primitives: Primitives, content: SecretBytes): Promise<OnlineKey> {
  if (content.length !== xWingBytes.seed + 16) {
    throw new CryptoError("key-file", `expected an online key of 48 bytes, got ${content.length}`);
  }
  const { seed, notBefore, notAfter } = content.use((bytes) => {
    const dates = new DataView(bytes.buffer, xWingBytes.seed);
    return {
      seed: SecretBytes.copyOf(bytes.subarray(0, xWingBytes.seed)),
      notBefore: Number(dates.getBigUint64(0)),
      notAfter: Number(dates.getBigUint64(8)),
    };
  });
  try {
    const privateKey = await primitives.kem.fromSeed(seed);
    const { publicKey } = privateKey;
    return { kid: await kidOf(primitives, publicKey), publicKey, privateKey, notBefore, notAfter };
  } finally {
    seed.dispose();
  }
}

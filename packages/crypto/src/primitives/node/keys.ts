import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { Bytes } from "../../bytes.ts";
import { CryptoError } from "../../crypto-error.ts";
import { invalidKey } from "../lengths.ts";

/** The asymmetric algorithms of this backend, by Node's names. */
export type NodeKeyType = "ml-kem-768" | "x25519" | "ed25519" | "ml-dsa-65";

/** A private key with its public one. */
export interface HeldPrivateKey {
  readonly publicKey: Bytes;
  /** @throws CryptoError `disposed` */
  key(): KeyObject;
  dispose(): void;
}

/** Imports the raw private key of a curve, or the seed of a lattice scheme; `bytes` stay the caller's. */
export function importPrivateKey(type: NodeKeyType, bytes: Uint8Array): HeldPrivateKey {
  const format = type === "ml-kem-768" || type === "ml-dsa-65" ? "raw-seed" : "raw-private";
  const copy = Buffer.from(bytes);
  let key: KeyObject | undefined = createPrivateKey({ key: copy, format, asymmetricKeyType: type });
  copy.fill(0);
  return {
    publicKey: own(createPublicKey(key).export({ format: "raw-public" })),
    key() {
      if (key === undefined) throw new CryptoError("disposed", `this ${type} key has been disposed of`);
      return key;
    },
    dispose() {
      key = undefined;
    },
  };
}

/** @throws CryptoError `invalid-key` for bytes that Node does not take as a public key */
export function importPublicKey(type: NodeKeyType, bytes: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(bytes), format: "raw-public", asymmetricKeyType: type });
  } catch (cause) {
    throw invalidKey(`expected a public key of ${type}, got bytes that are none`, { cause });
  }
}

/** A copy outside Node's pool, so that no other Buffer shares its memory; the original is erased. */
export function own(buffer: Buffer): Bytes {
  const copy = new Uint8Array(buffer);
  buffer.fill(0);
  return copy;
}

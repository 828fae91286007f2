import { CryptoError } from "../../crypto-error.ts";
import { invalidKey } from "../lengths.ts";

/**
 * Whether the platform has an algorithm: `attempt` uses it, and what a platform that lacks it throws is not looked at,
 * since every browser throws something else.
 */
export async function supports(attempt: () => Promise<unknown>): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch {
    return false;
  }
}

/**
 * Imports a raw public key.
 *
 * @throws CryptoError `invalid-key`, as a rejection
 */
export async function importRawPublic(
  algorithm: "Ed25519" | "ML-DSA-65" | "ML-KEM-768" | "X25519",
  bytes: Uint8Array,
  usages: readonly string[],
): Promise<CryptoKey> {
  // The lattice schemes have "raw-public" only, which the types of the DOM do not know yet.
  const format = (algorithm.startsWith("ML-") ? "raw-public" : "raw") as "raw";
  try {
    return await crypto.subtle.importKey(format, bytes.slice(), algorithm, true, usages as KeyUsage[]);
  } catch (cause) {
    throw invalidKey(`expected a public key of ${algorithm}, got bytes that are none`, { cause });
  }
}

/** A key that cannot be exported: it goes with its last reference, which is here. */
export interface HeldKey {
  /** @throws CryptoError `disposed` */
  key(): CryptoKey;
  dispose(): void;
}

/** Holds a key until it is disposed of. */
export function holdKey(what: string, imported: CryptoKey): HeldKey {
  let held: CryptoKey | undefined = imported;
  return {
    key() {
      if (held === undefined) throw new CryptoError("disposed", `${what} has been disposed of`);
      return held;
    },
    dispose() {
      held = undefined;
    },
  };
}

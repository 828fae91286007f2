import { ml_kem768_x25519 } from "@noble/post-quantum/hybrid.js";
import type { Primitives } from "../../src/primitives/primitives.ts";
import { SecretBytes } from "../../src/secret-bytes.ts";

/** What would come from the generator. */
export interface Coins {
  /** Of the client's ephemeral key, 32 bytes. */
  readonly ephemeralSeed: Uint8Array;
  /** Of each encapsulation in turn, 64 bytes. */
  readonly encapsulation: readonly Uint8Array[];
}

/**
 * A backend whose KEM takes its coins from the test; encapsulation by the X-Wing of @noble/post-quantum, an implementation
 * other than ours. Forms that take coins exist in tests only (HS-4.1).
 */
export function derandomized<Backend extends Primitives>(
  primitives: Backend,
  coins: Coins,
): Backend & { readonly secrets: readonly string[] } {
  const left = [...coins.encapsulation];
  const secrets: string[] = [];
  return {
    ...primitives,
    /** The secrets of all encapsulations, in hexadecimal. */
    secrets,
    kem: {
      ...primitives.kem,
      generate: () => primitives.kem.fromSeed(SecretBytes.copyOf(coins.ephemeralSeed)),
      async encapsulate(publicKey) {
        const seed = left.shift();
        if (seed === undefined) throw new Error("the vector has no coins for another encapsulation");
        const { cipherText, sharedSecret } = ml_kem768_x25519.encapsulate(publicKey, seed);
        secrets.push(Buffer.from(sharedSecret).toString("hex"));
        return { ciphertext: cipherText, secret: SecretBytes.take(sharedSecret) };
      },
    },
  };
}

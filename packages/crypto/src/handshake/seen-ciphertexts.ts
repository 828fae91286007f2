import { toHex } from "../integrity/hex.ts";

/**
 * The ciphertexts of message 1 that were seen lately, by kid: it saves the work of a replay, which could win nothing
 * (HS-3.2). Bounded in both directions; the oldest go first.
 */
export class SeenCiphertexts {
  readonly #maxPerKid: number;
  readonly #kids = new Map<string, Set<string>>();

  /** @param maxPerKid how many ciphertexts of a key are remembered; 65,536 by default, about 8 MB */
  constructor(maxPerKid: number = 65_536) {
    this.#maxPerKid = maxPerKid;
  }

  /** Remembers a ciphertext by its SHA-256; false when it is remembered already. */
  add(kid: Uint8Array, hash: Uint8Array): boolean {
    const seen = this.#of(toHex(kid));
    // 128 bits are enough to tell ciphertexts apart: a collision costs its maker one handshake.
    const name = toHex(hash.subarray(0, 16));
    if (seen.has(name)) return false;
    seen.add(name);
    const [oldest] = seen;
    if (seen.size > this.#maxPerKid && oldest !== undefined) seen.delete(oldest);
    return true;
  }

  #of(kid: string): Set<string> {
    const known = this.#kids.get(kid);
    if (known !== undefined) return known;
    const seen = new Set<string>();
    this.#kids.set(kid, seen);
    const [oldest] = this.#kids.keys();
    if (this.#kids.size > maxKids && oldest !== undefined) this.#kids.delete(oldest);
    return seen;
  }
}

/** More online keys than a bundle can name are never in use at once. */
const maxKids = 16;

import type { Bytes } from "./bytes.ts";

/** The nonce of a sequence number: the iv (12 bytes) XOR seq as u64, at the right. */
export function nonceOf(iv: Uint8Array, seq: number): Bytes {
  const nonce = new Uint8Array(iv);
  for (let index = nonce.length - 1, rest = seq; rest > 0; index -= 1, rest = Math.floor(rest / 256)) {
    nonce[index] = (nonce[index] ?? 0) ^ (rest % 256);
  }
  return nonce;
}

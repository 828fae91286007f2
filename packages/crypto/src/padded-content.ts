import type { Bytes } from "./bytes.ts";

/** Bytes of a plaintext, at most: content, its length and padding (SR-1.2). */
export const maxPlaintextBytes = 61_440;

/** Bytes of content in one plaintext, at most. */
export function maxContentBytes(plaintextBytes: number): number {
  return plaintextBytes - lengthBytes;
}

const lengthBytes = 2;

/** How a plaintext is padded. */
export interface Padding {
  /** A multiple of this; 1 adds none. */
  readonly multipleOf: number;
  /** The most a plaintext may have, padding included. */
  readonly atMost: number;
}

/** The plaintext of a record: length u16 ‖ content ‖ zero bytes. */
export function padContent(content: Uint8Array, { multipleOf, atMost }: Padding): Bytes {
  const needed = lengthBytes + content.length;
  const plaintext = new Uint8Array(Math.min(Math.ceil(needed / multipleOf) * multipleOf, Math.max(needed, atMost)));
  plaintext[0] = content.length >> 8;
  plaintext[1] = content.length & 0xff;
  plaintext.set(content, lengthBytes);
  return plaintext;
}

/** The content of a plaintext, a view of it; undefined for a length beyond it and padding that is not zero (SR-1.3). */
export function contentOf(plaintext: Bytes): Bytes | undefined {
  if (plaintext.length < lengthBytes) return undefined;
  const end = lengthBytes + (((plaintext[0] ?? 0) << 8) | (plaintext[1] ?? 0));
  if (end > plaintext.length || plaintext.subarray(end).some((byte) => byte !== 0)) return undefined;
  return plaintext.subarray(lengthBytes, end);
}

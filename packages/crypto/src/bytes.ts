/** An array with memory of its own, which WebCrypto takes. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** All parts one after another, in an array of its own. */
export function concatBytes(...parts: readonly Uint8Array[]): Bytes {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Whether both hold the same bytes; looks at every byte, whatever it finds. Lengths are told apart at once. */
export function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let index = 0; index < one.length; index += 1) {
    difference |= (one[index] as number) ^ (other[index] as number);
  }
  return difference === 0;
}

/** A text that stands for a few bytes as the key of a `Map`, and for no others; not for people. */
export function mapKeyOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** The bytes of a text in UTF-8. */
export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

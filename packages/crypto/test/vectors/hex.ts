/** The hexadecimal text of bytes. */
export function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** The bytes of hexadecimal text. */
export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "hex"));
}

/** `length` bytes that count up from `first`: coins and keys of vectors, recognizable in a dump. */
export function counting(first: number, length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => (first + index) & 0xff);
}

/** A sequence of bytes and what it is. */
export interface Utf8Vector {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Text every receiver takes: the first and last character of each length, and code points that are merely unusual. */
export const validUtf8: readonly Utf8Vector[] = [
  0x00, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfdd0, 0xfeff, 0xfffd, 0xfffe, 0xffff, 0x1_0000, 0x1_f375, 0x1_fffe,
  0xf_ffff, 0x10_0000, 0x10_ffff,
].map((point) => ({ name: `U+${hex(point, 4)}`, bytes: Buffer.from(String.fromCodePoint(point)) }));

/** Bytes that are no UTF-8 (RFC 3629 §3, §4), by what is wrong with them. */
export const invalidUtf8: readonly Utf8Vector[] = [
  ...vectors("a continuation byte without a beginning", ["80", "bf", "8080", "80bf80", "808080bf"]),
  ...vectors("a beginning without its continuation", ["c2", "df", "e0", "ef", "f0", "f4", "c220", "e220", "f020"]),
  ...vectors("a character cut short", ["e0a0", "e28f", "efbf", "f090", "f09080", "f09f8d", "f48fbf", "e2828f20c3"]),
  ...vectors("two beginnings in a row", ["c2c2", "e0e0", "f0f0", "c3e28f"]),
  ...vectors("a byte that never occurs", ["c0", "c1", "f5", "f8", "fc", "fe", "ff", "fefeffff"]),
  ...vectors("an overlong form", ["c080", "c1bf", "c0af", "e08080", "e09fbf", "e080af", "f0808080", "f08fbfbf"]),
  ...vectors("a form of five or six bytes", ["f888808080", "fc8480808080", "f8808080af", "fc80808080af"]),
  ...vectors("a code point above U+10FFFF", ["f4908080", "f490bfbf", "f5808080", "f7bfbfbf"]),
  ...vectors("a surrogate", ["eda080", "edadbf", "edae80", "edb080", "edbe80", "edbfbf"]),
  ...vectors("a pair of surrogates", ["eda080edb080", "edadbfedbfbf", "edafbfedbfbf"]),
];

function vectors(name: string, hexes: readonly string[]): Utf8Vector[] {
  return hexes.map((bytes) => ({ name: `${name} (${bytes})`, bytes: Buffer.from(bytes, "hex") }));
}

function hex(point: number, digits: number): string {
  return point.toString(16).toUpperCase().padStart(digits, "0");
}

import type { UnknownObject } from "./data-model.ts";

/**
 * One value of the data model (WP-DATA-1) in deterministic CBOR: definite lengths, shortest heads and floats, keys sorted
 * by length and then by bytes (WP-CBOR-1). As `JSON.stringify` does, it leaves out members that are `undefined`, and
 * writes null for such elements of a list. NaN and the infinities are for the receiver to refuse (WP-DATA-3).
 *
 * @returns bytes in memory of their own
 * @throws TypeError for what the data model lacks, such as a byte string or a Date, RangeError for what holds itself
 */
export function encodeCbor(value: unknown): Uint8Array {
  const writer = spare ?? new ItemWriter();
  // None is spare while it is in use: reading a member may run a getter, and that may encode something.
  spare = undefined;
  writer.item(value);
  const bytes = writer.take();
  if (writer.capacity <= maxSpareBytes) spare = writer;
  return bytes;
}

/** The writer to use next, so that most calls need no memory but their result's. */
let spare: ItemWriter | undefined;
const maxSpareBytes = 65_536;

/** Major types in the three upper bits of a head, RFC 8949 §3.1. */
const major = { unsigned: 0x00, negative: 0x20, text: 0x60, list: 0x80, map: 0xa0 } as const;
const simple = { false: 0xf4, true: 0xf5, null: 0xf6, float16: 0xf9, float32: 0xfa, float64: 0xfb } as const;

/** Texts of fewer units are written one by one, which is faster than a call of the platform's encoder. */
const shortText = 24;
const utf8 = new TextEncoder();

/** Appends items to bytes that grow as they need. */
class ItemWriter {
  #bytes = new Uint8Array(1_024);
  #length = 0;

  get capacity(): number {
    return this.#bytes.length;
  }

  /** What has been written, in memory of its own; nothing of it stays here. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length);
    this.#bytes.fill(0, 0, this.#length);
    this.#length = 0;
    return taken;
  }

  item(value: unknown): void {
    if (typeof value === "string") this.#text(value);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "boolean") this.#byte(value ? simple.true : simple.false);
    else if (value === null || value === undefined) this.#byte(simple.null);
    else if (Array.isArray(value)) this.#list(value);
    else if (isPlainObject(value)) this.#map(value);
    else throw new TypeError(`expected a value of the data model, got ${Object.prototype.toString.call(value)}`);
  }

  #list(list: readonly unknown[]): void {
    this.#head(major.list, list.length);
    for (const item of list) this.item(item);
  }

  #map(object: UnknownObject): void {
    const keys = Object.keys(object).filter((key) => object[key] !== undefined);
    this.#head(major.map, keys.length);
    for (const key of keys.sort(compareKeys)) {
      this.#text(key);
      this.item(object[key]);
    }
  }

  #text(text: string): void {
    const start = this.#length;
    this.#head(major.text, text.length);
    const at = this.#extend(text.length);
    if (writeAscii(text, this.#bytes, at)) return;
    this.#length = start;
    const bytes = utf8.encode(text);
    this.#head(major.text, bytes.length);
    const textAt = this.#extend(bytes.length);
    this.#bytes.set(bytes, textAt);
  }

  /** −0 is written as 0, and what is no safe integer as a float. */
  #number(value: number): void {
    if (!Number.isSafeInteger(value)) this.#float(value);
    else if (value >= 0) this.#head(major.unsigned, value);
    else this.#head(major.negative, -1 - value);
  }

  #float(value: number): void {
    const half = halfOf(value);
    if (half !== undefined) {
      this.#byte(simple.float16);
      this.#view(2).setUint16(0, half);
    } else if (Math.fround(value) === value) {
      this.#byte(simple.float32);
      this.#view(4).setFloat32(0, value);
    } else {
      this.#byte(simple.float64);
      this.#view(8).setFloat64(0, value);
    }
  }

  #head(majorBits: number, argument: number): void {
    if (argument < 24) {
      this.#byte(majorBits + argument);
      return;
    }
    // 0 to 3 stand for 1, 2, 4 and 8 bytes.
    const size = Number(argument >= 2 ** 8) + Number(argument >= 2 ** 16) + Number(argument >= 2 ** 32);
    this.#byte(majorBits + 24 + size);
    const first = this.#extend(1 << size);
    let rest = argument;
    for (let at = this.#length - 1; at >= first; at -= 1) {
      this.#bytes[at] = rest;
      rest = Math.floor(rest / 256);
    }
  }

  #byte(byte: number): void {
    const at = this.#extend(1);
    this.#bytes[at] = byte;
  }

  #view(width: number): DataView {
    const at = this.#extend(width);
    return new DataView(this.#bytes.buffer, at, width);
  }

  /** Makes room for so many bytes more and tells where they begin; `#bytes` may be another array after it. */
  #extend(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }
}

/** An object of no class that the platform knows: no Date, Map or bytes. Of any realm, and with any prototype. */
function isPlainObject(value: unknown): value is UnknownObject {
  return Object.prototype.toString.call(value) === "[object Object]";
}

/** By length and then by bytes, both of UTF-8. */
function compareKeys(one: string, other: string): number {
  if (isAscii(one) && isAscii(other)) return one.length - other.length || (one < other ? -1 : 1);
  const [bytes, others] = [utf8.encode(one), utf8.encode(other)];
  const at = bytes.findIndex((byte, index) => byte !== others[index]);
  return bytes.length - others.length || (bytes[at] ?? 0) - (others[at] ?? 0);
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

/** Writes a text that has a byte for each unit, which is ASCII; false, with a part of it written, for any other. */
function writeAscii(text: string, bytes: Uint8Array, start: number): boolean {
  if (text.length >= shortText) {
    return utf8.encodeInto(text, bytes.subarray(start, start + text.length)).read === text.length;
  }
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return false;
    bytes[start + index] = unit;
  }
  return true;
}

/** The 16 bits of a float of half precision, RFC 8949 Appendix D; undefined where they cannot hold the value. */
function halfOf(value: number): number | undefined {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 2 ** 16) return magnitude === Number.POSITIVE_INFINITY ? sign + 0x7c00 : undefined;
  // The logarithm is rounded up only of values that have too many bits for half precision anyway.
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)));
  const fraction = magnitude * 2 ** (10 - exponent);
  return Number.isInteger(fraction) ? sign + (exponent + 14) * 1_024 + fraction : undefined;
}

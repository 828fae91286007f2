import { tooDeep, tooManyFrames } from "./codec.ts";
import type { DecodeLimits } from "./limits.ts";
import { WireError } from "./wire-error.ts";

/**
 * The values of a CBOR sequence (RFC 8949, RFC 8742), in one pass. Takes definite lengths, shortest heads, floats of any
 * width and distinct text keys in any order (WP-CBOR-2), of the types of the data model (WP-DATA-2). Frames, depth and
 * declared lengths are held against `limits` and the bytes that are left before what they announce is built
 * (WP-LIMIT-1). NaN, the infinities and the keys of WP-DATA-4 pass, these as own members: `dataModelMismatch` finds them
 * in both encodings alike.
 *
 * @throws {WireError} `malformed`, or `bad-frame` for too many frames or too deep a nesting
 */
export function decodeCborSequence(bytes: Uint8Array, limits: DecodeLimits): unknown[] {
  const reader = new ItemReader(bytes, limits);
  const values: unknown[] = [];
  while (!reader.isAtEnd) {
    if (values.length === limits.maxFrames) throw tooManyFrames(limits);
    values.push(reader.item(0));
  }
  return values;
}

/** Major types, RFC 8949 §3.1. */
const major = { unsigned: 0, negative: 1, bytes: 2, text: 3, list: 4, map: 5, simple: 7 } as const;

/** The least arguments that need 1, 2, 4 and 8 bytes after the head's first. */
const leastArguments = [24, 2 ** 8, 2 ** 16, 2 ** 32] as const;

/** Texts of fewer bytes are read one by one, which is faster than a call of the platform's decoder. */
const shortText = 24;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

class ItemReader {
  readonly #bytes: Uint8Array;
  readonly #limits: DecodeLimits;
  #at = 0;

  constructor(bytes: Uint8Array, limits: DecodeLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Reads the next item, which lies in `depth` lists and maps. Calls itself no deeper than the limit. */
  item(depth: number): unknown {
    const start = this.#at;
    const head = this.#unsigned(1, start);
    const info = head & 31;
    if (info > 27) throw malformed("expected a definite length, got an indefinite or reserved one", start);
    if (head >> 5 === major.simple) return this.#simple(info, start);
    const argument = this.#argument(info, start);
    switch (head >> 5) {
      case major.unsigned:
        return integer(argument, start);
      case major.negative:
        return integer(-1 - argument, start);
      case major.text:
        return this.#text(argument, start);
      case major.list:
        return this.#list(argument, start, depth + 1);
      case major.map:
        return this.#map(argument, start, depth + 1);
      case major.bytes:
        throw malformed("expected no byte strings, got one", start);
      default:
        throw malformed("expected no tags, got one", start);
    }
  }

  #argument(info: number, start: number): number {
    if (info < 24) return info;
    const least = leastArguments[info - 24] as number;
    const argument = this.#unsigned(1 << (info - 24), start);
    if (argument < least) throw malformed("expected the shortest head, got a longer one", start);
    return argument;
  }

  #text(length: number, start: number): string {
    this.#requireLeft(length, start);
    const end = this.#skip(length, start);
    const ascii = length < shortText ? asciiOf(this.#bytes, end - length, end) : undefined;
    if (ascii !== undefined) return ascii;
    try {
      return utf8.decode(this.#bytes.subarray(end - length, end));
    } catch {
      throw malformed("expected text in UTF-8, got other bytes", start);
    }
  }

  #list(length: number, start: number, depth: number): unknown[] {
    // Each item has at least one byte.
    this.#requireLeft(length, start);
    this.#requireDepth(depth);
    const list: unknown[] = [];
    for (let index = 0; index < length; index += 1) list.push(this.item(depth));
    return list;
  }

  #map(size: number, start: number, depth: number): object {
    this.#requireLeft(2 * size, start);
    this.#requireDepth(depth);
    const map: Record<string, unknown> = {};
    for (let index = 0; index < size; index += 1) {
      const keyStart = this.#at;
      const key = this.item(depth);
      if (typeof key !== "string") throw malformed("expected text as a key, got another type", keyStart);
      if (Object.hasOwn(map, key)) throw malformed("expected distinct keys, got one twice", keyStart);
      const value = this.item(depth);
      if (key === "__proto__") Object.defineProperty(map, key, { value, ...ownMember });
      else map[key] = value;
    }
    return map;
  }

  #simple(info: number, start: number): boolean | number | null {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
        return null;
      case 25:
        return valueOfHalf(this.#unsigned(2, start));
      case 26:
        return this.#view(4, start).getFloat32(0);
      case 27:
        return this.#view(8, start).getFloat64(0);
      default:
        throw malformed("expected false, true, null or a float, got another simple value", start);
    }
  }

  /** Reads an integer of so many bytes. Above 2^53 it is rounded, and stays above. */
  #unsigned(width: number, start: number): number {
    const end = this.#skip(width, start);
    let value = 0;
    for (let at = end - width; at < end; at += 1) value = value * 256 + (this.#bytes[at] ?? 0);
    return value;
  }

  #view(width: number, start: number): DataView {
    const end = this.#skip(width, start);
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + end - width, width);
  }

  /** Moves on by so many bytes of the item that begins at `start`, and tells where they end. */
  #skip(count: number, start: number): number {
    if (count > this.#bytes.length - this.#at) throw malformed("expected a whole item, got one cut short", start);
    this.#at += count;
    return this.#at;
  }

  #requireLeft(count: number, start: number): void {
    if (count <= this.#bytes.length - this.#at) return;
    throw malformed("expected a length that fits the message, got a longer one", start);
  }

  #requireDepth(depth: number): void {
    if (depth > this.#limits.maxDepth) throw tooDeep(this.#limits);
  }
}

/** What assigning makes of every key but `__proto__`. */
const ownMember = { configurable: true, enumerable: true, writable: true };

function integer(value: number, start: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw malformed("expected an integer within 2^53 - 1 of zero, got a larger one", start);
}

/** The text of these bytes if all are ASCII, else undefined. */
function asciiOf(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = "";
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte > 0x7f) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

/** The value of 16 bits as a float of half precision, RFC 8949 Appendix D. */
function valueOfHalf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1_023;
  let magnitude = (fraction + 1_024) * 2 ** (exponent - 25);
  if (exponent === 0) magnitude = fraction * 2 ** -24;
  if (exponent === 31) magnitude = fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
  return bits & 0x8000 ? -magnitude : magnitude;
}

function malformed(what: string, at: number): WireError {
  return new WireError("malformed", `${what} at byte ${at}`);
}

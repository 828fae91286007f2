/**
 * Deterministic CBOR (RFC 8949 §4.2.1) of what is signed (KB-1.2), as far as that needs it: unsigned integers, byte
 * strings, texts, lists, and maps with such integers as keys. One value has one form, and the decoder takes no other.
 */
import { type Bytes, concatBytes, utf8 } from "../bytes.ts";
import { CryptoError } from "../crypto-error.ts";
import { ByteReader, integerBytes } from "../handshake/byte-reader.ts";

/** A value with the types this format has. */
export type CborValue = number | string | Uint8Array | readonly CborValue[] | ReadonlyMap<number, CborValue>;

/**
 * The deterministic encoding of a value, in an array of its own.
 *
 * @throws CryptoError `key-bundle` for a number that is no integer from 0 to 2^53 − 1
 */
export function encodeCanonical(value: CborValue): Bytes {
  if (typeof value === "number") return head(major.unsigned, value);
  if (value instanceof Uint8Array) return concatBytes(head(major.bytes, value.length), value);
  if (typeof value === "string") {
    const text = utf8(value);
    return concatBytes(head(major.text, text.length), text);
  }
  if (isList(value)) return concatBytes(head(major.list, value.length), ...value.map(encodeCanonical));
  const entries = [...value].sort(([one], [other]) => one - other);
  return concatBytes(head(major.map, entries.length), ...entries.flat().map(encodeCanonical));
}

/**
 * Decodes one value in deterministic encoding that fills `bytes`; still of any shape.
 *
 * @param what names it in the error
 * @throws CryptoError `key-bundle`
 */
export function decodeCanonical(what: string, bytes: Uint8Array): CborValue {
  const reader = new ItemReader(bytes, () => malformed(`${what}: expected deterministic CBOR, got other bytes`));
  const value = reader.item(0);
  reader.end();
  return value;
}

/** The error of everything in this format that is not as it must be (KB-3.7). */
export function malformed(message: string): CryptoError {
  return new CryptoError("key-bundle", message);
}

/** Major types, RFC 8949 §3.1. */
const major = { unsigned: 0, bytes: 2, text: 3, list: 4, map: 5 } as const;

/** Arguments behind a head that says 24, 25, 26 or 27: how many bytes they have, and the least that needs so many. */
const widths = [
  { bytes: 1, least: 24 },
  { bytes: 2, least: 2 ** 8 },
  { bytes: 4, least: 2 ** 16 },
  { bytes: 8, least: 2 ** 32 },
] as const;

/** A published key is a map in the list in the map of a bundle; nothing lies deeper. */
const maxDepth = 3;

const utf8Decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `Array.isArray` does not know lists that are read-only. */
function isList(value: CborValue): value is readonly CborValue[] {
  return Array.isArray(value);
}

function head(type: number, argument: number): Bytes {
  if (!Number.isSafeInteger(argument) || argument < 0) throw malformed("expected an integer from 0 to 2^53 − 1");
  const first = type << 5;
  const size = widths.findLastIndex(({ least }) => argument >= least);
  const width = widths[size];
  if (width === undefined) return Uint8Array.of(first + argument);
  return concatBytes(Uint8Array.of(first + 24 + size), integerBytes(argument, width.bytes));
}

/** Reads items one after another; whatever is not deterministic is the one error it is given. */
class ItemReader {
  readonly #reader: ByteReader;
  readonly #failed: () => CryptoError;

  constructor(bytes: Uint8Array, failed: () => CryptoError) {
    this.#reader = new ByteReader(bytes, failed);
    this.#failed = failed;
  }

  /** The next item, which lies in `depth` lists and maps. A declared length takes no memory before its items are there. */
  item(depth: number): CborValue {
    const first = this.#reader.integer(1);
    const argument = this.#argument(first & 31);
    switch (first >> 5) {
      case major.unsigned:
        return argument;
      case major.bytes:
        return this.#reader.take(argument);
      case major.text:
        return this.#text(argument);
      case major.list:
        return this.#list(argument, depth + 1);
      case major.map:
        return this.#map(argument, depth + 1);
      default:
        throw this.#failed();
    }
  }

  end(): void {
    this.#reader.end();
  }

  #argument(info: number): number {
    if (info < 24) return info;
    const width = widths[info - 24];
    if (width === undefined) throw this.#failed();
    const argument = this.#reader.integer(width.bytes);
    if (argument < width.least) throw this.#failed();
    return argument;
  }

  #text(length: number): string {
    const bytes = this.#reader.take(length);
    try {
      return utf8Decoder.decode(bytes);
    } catch {
      throw this.#failed();
    }
  }

  #list(length: number, depth: number): readonly CborValue[] {
    if (depth > maxDepth) throw this.#failed();
    const list: CborValue[] = [];
    for (let index = 0; index < length; index += 1) list.push(this.item(depth));
    return list;
  }

  #map(size: number, depth: number): ReadonlyMap<number, CborValue> {
    if (depth > maxDepth) throw this.#failed();
    const map = new Map<number, CborValue>();
    let last = -1;
    for (let index = 0; index < size; index += 1) {
      const key = this.item(depth);
      // Integers are in the order of their bytes, since the shortest head is the only one.
      if (typeof key !== "number" || key <= last) throw this.#failed();
      map.set(key, this.item(depth));
      last = key;
    }
    return map;
  }
}

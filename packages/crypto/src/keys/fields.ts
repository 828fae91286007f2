import type { Bytes } from "../bytes.ts";
import { malformed } from "./canonical-cbor.ts";

/** The fields of one map, read by key; each read checks type and bounds and throws CryptoError `key-bundle`. */
export interface Fields {
  integer(key: number, least: number, most?: number): number;
  /** Exactly `length` bytes, or 1 to `mostBytes`, in an array of its own. */
  bytes(key: number, bounds: { readonly length: number } | { readonly mostBytes: number }): Bytes;
  /** `least` to `most` elements, each read by `read`. */
  list<Element>(
    key: number,
    least: number,
    most: number,
    read: (element: unknown, what: string) => Element,
  ): readonly Element[];
  has(key: number): boolean;
}

/**
 * The fields of a decoded map that has all `required` keys, and no others than those and `optional` (KB-1.4).
 *
 * @throws CryptoError `key-bundle`
 */
export function fieldsOf(
  what: string,
  value: unknown,
  required: readonly number[],
  optional: readonly number[] = [],
): Fields {
  if (!(value instanceof Map)) throw malformed(`${what}: expected a map, got another type`);
  for (const key of required) if (!value.has(key)) throw malformed(`${what}: expected the field ${key}, got none`);
  for (const key of value.keys()) {
    if (!required.includes(key) && !optional.includes(key)) throw malformed(`${what}: got a field that is not known`);
  }
  return {
    integer: (key, least, most = Number.MAX_SAFE_INTEGER) =>
      integerOf(`${what}, field ${key}`, value.get(key), least, most),
    bytes(key, bounds) {
      const bytes = bytesOf(`${what}, field ${key}`, value.get(key));
      const [least, most] = "length" in bounds ? [bounds.length, bounds.length] : [1, bounds.mostBytes];
      if (bytes.length >= least && bytes.length <= most) return bytes;
      throw malformed(`${what}, field ${key}: expected ${least} to ${most} bytes, got ${bytes.length}`);
    },
    list: (key, least, most, read) => listOf(`${what}, field ${key}`, value.get(key), least, most, read),
    has: (key) => value.has(key),
  };
}

/** @throws CryptoError `key-bundle` unless `value` is a byte string */
export function bytesOf(what: string, value: unknown): Bytes {
  if (!(value instanceof Uint8Array)) throw malformed(`${what}: expected bytes, got another type`);
  return new Uint8Array(value);
}

/** @throws CryptoError `key-bundle` unless `value` is a list of `least` to `most` elements */
export function listOf<Element>(
  what: string,
  value: unknown,
  least: number,
  most: number,
  read: (element: unknown, what: string) => Element,
): readonly Element[] {
  if (!Array.isArray(value) || value.length < least || value.length > most) {
    throw malformed(`${what}: expected a list of ${least} to ${most} elements`);
  }
  return value.map((element) => read(element, what));
}

function integerOf(what: string, value: unknown, least: number, most: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw malformed(`${what}: expected an integer from ${least} to ${most}`);
}

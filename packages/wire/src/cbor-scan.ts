import { tooDeep, tooManyFrames } from "./codec.ts";
import type { DecodeLimits } from "./limits.ts";
import { WireError } from "./wire-error.ts";

/**
 * Walks the item heads of a CBOR sequence (RFC 8949 §3, RFC 8742) without building anything, and refuses what a decoder
 * must never meet: more frames or a deeper nesting than the limits, a length that the remaining bytes cannot hold, an
 * item cut short, and every kind of item the data model lacks (WP-DATA-2). What is left for the decoder itself to refuse
 * is shortest-form heads, integer range, text keys and duplicates.
 *
 * @throws {WireError} `malformed` or `bad-frame`
 */
export function scanCborSequence(bytes: Uint8Array, limits: DecodeLimits): void {
  /** How many items each open container still lacks, the innermost last. */
  const missing: number[] = [];
  let frames = 0;
  let at = 0;
  while (at < bytes.length) {
    if (missing.length === 0) {
      frames += 1;
      if (frames > limits.maxFrames) throw tooManyFrames(limits);
    }
    const head = bytes[at] ?? 0;
    const body = at + cborHeadLength(head, at);
    if (body > bytes.length) throw malformed("expected a whole item, got one cut short", at);
    const declared = argument(bytes, at, body);
    const children = childCount(head, declared, bytes.length - body, at);
    at = head >> 5 === major.text ? body + declared : body;
    closeItem(missing);
    if (children !== undefined) {
      if (missing.length === limits.maxDepth) throw tooDeep(limits);
      missing.push(children);
    }
    while (missing.at(-1) === 0) missing.pop();
  }
  if (missing.length > 0) throw malformed("expected a whole item, got one cut short", at);
}

/**
 * The bytes of the head that begins with the byte `head`: that byte, and the argument's one, two, four or eight.
 *
 * @throws {WireError} `malformed` for an indefinite or a reserved length, naming the byte it stands `at`
 */
export function cborHeadLength(head: number, at: number): number {
  const info = head & 31;
  if (info < 24) return 1;
  if (info <= 27) return 1 + (1 << (info - 24));
  throw malformed("expected a definite length, got an indefinite or reserved one", at);
}

/** Major types, RFC 8949 §3.1. */
const major = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const;

function closeItem(missing: number[]): void {
  const innermost = missing.length - 1;
  const count = missing[innermost];
  if (count !== undefined) missing[innermost] = count - 1;
}

/** The argument of the head from `start` to `end`. Above 2^53 it is rounded; so many bytes never remain. */
function argument(bytes: Uint8Array, start: number, end: number): number {
  if (end - start === 1) return (bytes[start] ?? 0) & 31;
  let value = 0;
  for (let at = start + 1; at < end; at += 1) value = value * 256 + (bytes[at] ?? 0);
  return value;
}

/** How many items a container declares, undefined for an item that is none. */
function childCount(head: number, declared: number, remaining: number, at: number): number | undefined {
  switch (head >> 5) {
    case major.unsigned:
    case major.negative:
      return undefined;
    case major.text:
      if (declared > remaining) throw malformed("expected a length that fits the message, got a longer one", at);
      return undefined;
    case major.array:
    case major.map: {
      const items = head >> 5 === major.map ? declared * 2 : declared;
      // Each item has at least one byte.
      if (items > remaining) throw malformed("expected a length that fits the message, got a longer one", at);
      return items;
    }
    case major.simple:
      if (isTakenSimple(head & 31)) return undefined;
      throw malformed("expected false, true, null or a float, got another simple value", at);
    case major.bytes:
      throw malformed("expected no byte strings, got one", at);
    default:
      throw malformed("expected no tags, got one", at);
  }
}

/** false, true, null, and floats of 16, 32 and 64 bits; not undefined, not other simple values. */
function isTakenSimple(info: number): boolean {
  return (info >= 20 && info <= 22) || (info >= 25 && info <= 27);
}

function malformed(what: string, at: number): WireError {
  return new WireError("malformed", `${what} at byte ${at}`);
}

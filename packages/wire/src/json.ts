import { type Codec, tooBig, tooDeep, tooManyFrames } from "./codec.ts";
import type { DecodeLimits } from "./limits.ts";
import { WireError } from "./wire-error.ts";

/**
 * Frames as JSON, RFC 8259, one a line (WP-JSON-1). A raw newline never stands inside a JSON string, so that cutting at
 * newlines cuts between frames. Takes text, or the UTF-8 bytes of a text message as a server library hands them over.
 */
export const jsonCodec: Codec = {
  encoding: "json",
  encode: (frame) => JSON.stringify(frame),
  join(parts) {
    if (!parts.every((part) => typeof part === "string")) throw new TypeError("expected text parts, got bytes");
    return parts.join("\n");
  },
  parse(message, limits) {
    const text = textOf(message, limits);
    return linesOf(text, limits).map((line) => parseLine(text, line));
  },
};

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(message: string | Uint8Array, limits: DecodeLimits): string {
  if (typeof message === "string") {
    if (!fitsInUtf8(message, limits.maxMessageBytes)) throw tooBig(limits);
    return message;
  }
  if (message.length > limits.maxMessageBytes) throw tooBig(limits);
  try {
    return utf8.decode(message);
  } catch {
    throw new WireError("malformed", "expected UTF-8, got bytes that are not");
  }
}

/** Whether the text has at most so many bytes in UTF-8. Counts only where its length leaves room for doubt. */
function fitsInUtf8(text: string, maxBytes: number): boolean {
  if (text.length > maxBytes) return false;
  if (text.length * 3 <= maxBytes) return true;
  let bytes = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    // A surrogate pair is two units and four bytes, every other unit from U+0800 on is three.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes <= maxBytes;
}

/** Where a frame stands in the text, and how many object members its text has. */
interface Line {
  readonly start: number;
  readonly end: number;
  readonly members: number;
}

const code = (character: string): number => character.charCodeAt(0);
const quote = code('"');
const backslash = code("\\");
const newline = code("\n");
const colon = code(":");
const openBrace = code("{");
const closeBrace = code("}");
const openBracket = code("[");
const closeBracket = code("]");

/**
 * Finds the lines that hold a frame, and refuses too many of them or too deep a nesting while nothing is built yet.
 * It does not check that the text is JSON: `JSON.parse` does.
 */
function linesOf(text: string, limits: DecodeLimits): Line[] {
  const lines: Line[] = [];
  let start = 0;
  let blank = true;
  let depth = 0;
  let members = 0;
  const endLine = (end: number): void => {
    if (!blank && lines.length === limits.maxFrames) throw tooManyFrames(limits);
    if (!blank) lines.push({ start, end, members });
    start = end + 1;
    blank = true;
    depth = 0;
    members = 0;
  };
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === newline) {
      endLine(at);
      continue;
    }
    if (!isBlank(unit)) blank = false;
    if (unit === quote) at = endOfString(text, at);
    else if (unit === openBrace || unit === openBracket) {
      depth += 1;
      if (depth > limits.maxDepth) throw tooDeep(limits);
    } else if (unit === closeBrace || unit === closeBracket) depth -= 1;
    else if (unit === colon) members += 1;
  }
  endLine(text.length);
  return lines;
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x09 || unit === 0x0d;
}

/** The index of the quote that closes the string opened at `start`, or of the end of a text that leaves it open. */
function endOfString(text: string, start: number): number {
  let at = start;
  for (;;) {
    at = text.indexOf('"', at + 1);
    if (at === -1) return text.length;
    let escapes = at - 1;
    while (text.charCodeAt(escapes) === backslash) escapes -= 1;
    if ((at - escapes) % 2 === 1) return at;
  }
}

function parseLine(text: string, line: Line): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text.slice(line.start, line.end));
  } catch {
    // The engine's own error quotes the text, which may hold a token; so it is not kept as the cause.
    throw new WireError("malformed", `expected JSON, got a line at character ${line.start} that is not`);
  }
  if (countMembers(value) !== line.members) {
    throw new WireError("malformed", `expected distinct keys, got one twice in the line at character ${line.start}`);
  }
  return value;
}

/**
 * How many members all objects of a value have. JSON.parse keeps the last of two members with one key, so a text with
 * more colons than its value has members holds a duplicate (WP-DATA-5).
 */
function countMembers(value: unknown): number {
  const pending: unknown[] = [value];
  let members = 0;
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next !== "object" || next === null) continue;
    const children: readonly unknown[] = Array.isArray(next) ? next : Object.values(next);
    if (children !== next) members += children.length;
    for (const child of children) if (typeof child === "object") pending.push(child);
  }
  return members;
}

import { byteLength, type ClientCodec, tooBig, tooDeep, tooManyFrames } from "./codec.ts";
import type { DecodeLimits } from "./limits.ts";
import { WireError } from "./wire-error.ts";

/**
 * Frames as JSON, RFC 8259, one a line (WP-JSON-1). A raw newline never stands inside a JSON string, so that cutting at
 * newlines cuts between frames. For a client, whose gateway writes its frames by `JSON.stringify`: takes text only, and
 * does not look for keys that occur twice. A gateway reads what strangers wrote, by the stricter codec of `json.ts`.
 */
export const jsonTextCodec: ClientCodec = {
  encoding: "json",
  encode: (frame) => JSON.stringify(frame),
  parse(message, limits) {
    if (typeof message !== "string") throw new WireError("unsupported-data", "expected a text message, got bytes");
    return linesOf(message, limits).map(parseLine);
  },
};

/** The text of a frame, and how many object members it has. */
export interface Line {
  readonly text: string;
  readonly members: number;
}

// Code units.
const newline = 0x0a;
const quote = 0x22;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * Finds the lines that hold a frame. Refuses too many bytes, too many lines or too deep a nesting while nothing is built
 * yet (WP-LIMIT-1). It does not check that the text is JSON: {@link parseLine} does.
 *
 * @throws {WireError} `message-too-big`, `bad-frame`
 */
export function linesOf(text: string, limits: DecodeLimits): Line[] {
  if (!fitsInUtf8(text, limits.maxMessageBytes)) throw tooBig(limits);
  const lines: Line[] = [];
  let start = 0;
  let depth = 0;
  let members = 0;
  const endLine = (end: number): void => {
    const line = text.slice(start, end);
    if (/[^ \t\r]/.test(line)) {
      if (lines.length === limits.maxFrames) throw tooManyFrames(limits);
      lines.push({ text: line, members });
    }
    start = end + 1;
    depth = 0;
    members = 0;
  };
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === newline) endLine(at);
    else if (unit === quote) at = endOfString(text, at);
    else if (unit === openBrace || unit === openBracket) {
      depth += 1;
      if (depth > limits.maxDepth) throw tooDeep(limits);
    } else if (unit === closeBrace || unit === closeBracket) depth -= 1;
    else if (unit === colon) members += 1;
  }
  endLine(text.length);
  return lines;
}

/** @throws {WireError} `malformed` */
export function parseLine({ text }: Line): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's own error quotes the text, which may hold a token; so it is not kept as the cause.
    throw new WireError("malformed", "expected JSON, got a line that is not");
  }
}

/** Whether the text has at most so many bytes in UTF-8. Counts only where its length leaves room for doubt. */
function fitsInUtf8(text: string, maxBytes: number): boolean {
  return text.length * 3 <= maxBytes || (text.length <= maxBytes && byteLength(text) <= maxBytes);
}

/** The index of the quote that closes the string opened at `start`, or of the end of a text that leaves it open. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === quote) return at;
    if (unit === backslash) at += 1;
  }
  return text.length;
}

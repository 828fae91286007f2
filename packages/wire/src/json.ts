import { type Codec, tooBig } from "./codec.ts";
import { jsonTextCodec, type Line, linesOf, parseLine } from "./json-text.ts";
import type { DecodeLimits } from "./limits.ts";
import { WireError } from "./wire-error.ts";

/**
 * The frames of `json-text.ts` as a gateway reads them from strangers: takes text, or the UTF-8 bytes of a text message
 * as a server library hands them over (WP-JSON-2), and refuses a key that occurs twice in one object (WP-DATA-5, R33).
 */
export const jsonCodec: Codec = {
  ...jsonTextCodec,
  join(parts) {
    if (!parts.every((part) => typeof part === "string")) throw new TypeError("expected text parts, got bytes");
    return parts.join("\n");
  },
  parse(message, limits) {
    const text = typeof message === "string" ? message : decodeUtf8(message, limits);
    return linesOf(text, limits).map(parseDistinct);
  },
};

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeUtf8(message: Uint8Array, limits: DecodeLimits): string {
  if (message.length > limits.maxMessageBytes) throw tooBig(limits);
  try {
    return utf8.decode(message);
  } catch {
    throw new WireError("malformed", "expected UTF-8, got bytes that are not");
  }
}

function parseDistinct(line: Line): unknown {
  const value = parseLine(line);
  if (countMembers(value) !== line.members) {
    throw new WireError("malformed", "expected distinct keys, got one twice in an object");
  }
  return value;
}

/**
 * How many members all objects of a value have. JSON.parse keeps the last of two members with one key, so a text with
 * more colons than its value has members holds a duplicate.
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

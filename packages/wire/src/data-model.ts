import { Mismatch } from "./fields/mismatch.ts";

/** An object as a parser gives it: own members whose values nothing has checked. */
export type UnknownObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object with keys, so neither null nor a list. */
export function isObject(value: unknown): value is UnknownObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Looks through a parsed value for what JSON.parse and a CBOR decoder let through but no frame may hold: the keys
 * `__proto__`, `constructor` and `prototype` (R33, WP-DATA-4), numbers that are not finite (WP-DATA-3), and strings or
 * keys with half a surrogate pair (WP-DATA-6). Gives the first one found, undefined when there is none. Calls itself no
 * deeper than the nesting a codec lets through (WP-LIMIT-1).
 */
export function dataModelMismatch(value: unknown): Mismatch | undefined {
  if (typeof value === "string") return textMismatch(value, "Unicode text");
  if (typeof value === "number") {
    return Number.isFinite(value) ? undefined : new Mismatch("a finite number", String(value));
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const wrong = dataModelMismatch(value[index]);
      if (wrong !== undefined) return wrong.inside(index);
    }
    return undefined;
  }
  return isObject(value) ? membersMismatch(value) : undefined;
}

function membersMismatch(object: UnknownObject): Mismatch | undefined {
  // Object.keys gives own members only, whatever has been done to Object.prototype.
  for (const key of Object.keys(object)) {
    if (key === "__proto__" || key === "constructor" || key === "prototype") {
      return new Mismatch("no such key in a frame", `"${key}"`, [key]);
    }
    // A key that is no text cannot be told to the client; the path ends at the object that has it.
    const wrong = textMismatch(key, "Unicode text as keys");
    if (wrong !== undefined) return wrong;
    const wrongInside = dataModelMismatch(object[key]);
    if (wrongInside !== undefined) return wrongInside.inside(key);
  }
  return undefined;
}

function textMismatch(text: string, expected: string): Mismatch | undefined {
  return text.isWellFormed() ? undefined : new Mismatch(expected, "half of a surrogate pair");
}

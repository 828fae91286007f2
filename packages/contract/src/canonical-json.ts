/**
 * The one JSON text of a value, by the JSON Canonicalization Scheme (RFC 8785): keys sorted by UTF-16 code units, no white
 * space, numbers and strings as ECMAScript writes them. Equal values give equal texts, so it serves as a key.
 */
import { ContractError } from "./contract-error.ts";
import { isPlainObject } from "./plain-object.ts";

/**
 * Writes `value`, which is null, a boolean, a finite number, a string, or an array or plain object of such. As in
 * `JSON.stringify`, a property that is `undefined` counts as absent; nothing else is left out or converted.
 *
 * @throws ContractError not-json for everything else, a lone surrogate (RFC 8785, 3.2.2.2), and nesting deeper than 64
 */
export function canonicalJson(value: unknown): string {
  return write(value, 1);
}

const maxDepth = 64;

function write(value: unknown, depth: number): string {
  if (depth > maxDepth) throw notJson(`nesting deeper than ${maxDepth}`);
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return writeNumber(value);
  if (typeof value === "string") return writeString(value);
  if (Array.isArray(value)) return `[${Array.from(value, (item) => write(item, depth + 1)).join()}]`;
  if (isPlainObject(value)) return writeObject(value, depth);
  throw notJson(value === undefined ? "nothing" : `a value of type ${typeof value}`);
}

function writeObject(value: Readonly<Record<string, unknown>>, depth: number): string {
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    // The default order of sort() is the one RFC 8785 asks for.
    .sort()
    .map((key) => `${writeString(key)}:${write(value[key], depth + 1)}`);
  return `{${members.join()}}`;
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw notJson(String(value));
  return JSON.stringify(value);
}

function writeString(value: string): string {
  if (!value.isWellFormed()) throw notJson("a string with a lone surrogate");
  return JSON.stringify(value);
}

function notJson(got: string): ContractError {
  return new ContractError("not-json", `expected a JSON value, got ${got}; let the schema give plain JSON data`);
}

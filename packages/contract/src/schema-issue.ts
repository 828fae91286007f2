import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type Refusal, refuse } from "./parse-result.ts";

/**
 * Says what a schema found wrong with `value`. Where the library names the JSON type it expected, the sentence is the same
 * for all libraries and quotes nothing of the data; otherwise it is the library's own.
 */
export function refuseByIssue(issue: LibraryIssue | undefined, value: unknown): Refusal {
  const path = (issue?.path ?? []).map(keyOf);
  const sentence = typeSentence(issue?.expected, path, value);
  return refuse(path, sentence ?? issue?.message ?? "does not fit the schema");
}

/** Beyond the standard, zod and valibot name the type they expected. */
type LibraryIssue = StandardSchemaV1.Issue & { readonly expected?: unknown };

function keyOf(segment: PropertyKey | StandardSchemaV1.PathSegment): string | number {
  const key = typeof segment === "object" ? segment.key : segment;
  return typeof key === "number" ? key : String(key);
}

const typeWords: ReadonlyMap<string, string> = new Map([
  ["string", "a string"],
  ["number", "a number"],
  ["boolean", "a boolean"],
  ["array", "an array"],
  ["object", "an object"],
  ["record", "an object"],
  ["null", "null"],
  ["undefined", "nothing"],
]);

function typeSentence(expectedWord: unknown, path: readonly (string | number)[], value: unknown): string | undefined {
  if (typeof expectedWord !== "string") return undefined;
  const part = partAt(value, path);
  if (part === undefined && path.length > 0) return "missing";
  const expected = typeWords.get(expectedWord.toLowerCase());
  const got = typeWords.get(typeWordOf(part));
  if (expected === undefined || got === undefined || expected === got) return undefined;
  return `expected ${expected}, got ${got}`;
}

function partAt(value: unknown, path: readonly (string | number)[]): unknown {
  let part = value;
  for (const key of path) {
    if (typeof part !== "object" || part === null || !Object.hasOwn(part, key)) return undefined;
    part = (part as Record<PropertyKey, unknown>)[key];
  }
  return part;
}

function typeWordOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

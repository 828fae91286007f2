import { type ParseResult, refuse } from "./parse-result.ts";
import { isPlainObject } from "./plain-object.ts";
import { keyRefusal, normaliseText } from "./text.ts";

/** Arrays and objects nested deeper are refused; the outermost is at depth 1. */
export const maxDepth = 32;

/** A value of more parts is refused: without it, parts shared over and over could keep the walk going for years. */
export const maxParts = 1_048_576;

/**
 * Brings every string of a value into its one form (CT-TEXT-1) and refuses what must not be in any key or string.
 *
 * Walks arrays and plain objects. Anything else, such as a `Date`, only an application can pass; it is left for the schema
 * to judge. Never changes `value`: copies the arrays and objects on the way to a changed string, and returns `value` itself
 * if there is none.
 *
 * The walk keeps its own stack, so nothing a stranger nests can overflow the engine's.
 */
export function normaliseValue(value: unknown): ParseResult<unknown> {
  const root = levelOf({ value });
  const levels = [root];
  let parts = 0;
  for (let level: Level | undefined = root; level !== undefined; level = levels.at(-1)) {
    level.at += 1;
    if (level.at === level.length) {
      levels.pop();
      const parent = levels.at(-1);
      if (parent !== undefined && level.copy !== undefined) put(parent, level.copy);
      continue;
    }
    const part = level.source[keyOf(level)];
    if (typeof part === "string") {
      const result = normaliseText(part);
      if (!result.ok) return refuse(pathOf(levels), result.reason);
      if (result.text !== part) put(level, result.text);
    } else if (isContainer(part)) {
      const inner = levelOf(part);
      parts += inner.length;
      const reason = parts > maxParts ? `more than ${maxParts} parts` : levelRefusal(inner, levels);
      if (reason !== undefined) return refuse(pathOf(levels), reason);
      levels.push(inner);
    }
  }
  return { ok: true, value: root.copy === undefined ? value : root.copy["value"] };
}

type Container = Record<PropertyKey, unknown>;

/** An array or object that the walk is in. */
interface Level {
  readonly source: Container;
  /** Of an object; an array is walked by index. */
  readonly keys: readonly string[] | undefined;
  readonly length: number;
  /** Where the walk is, an index into `keys` or into the array. */
  at: number;
  /** What takes the place of `source` once something in it has changed. */
  copy: Container | undefined;
}

function levelOf(source: Container): Level {
  const keys = Array.isArray(source) ? undefined : Object.keys(source);
  const length = Array.isArray(source) ? source.length : (keys?.length ?? 0);
  return { source, keys, length, at: -1, copy: undefined };
}

function keyOf(level: Level): string | number {
  return level.keys?.[level.at] ?? level.at;
}

/** The first level only holds the outermost value, which has no key. */
function pathOf(levels: readonly Level[]): (string | number)[] {
  return levels.slice(1).map(keyOf);
}

function levelRefusal(inner: Level, outer: readonly Level[]): string | undefined {
  if (outer.some(({ source }) => source === inner.source)) return "the value contains itself";
  if (outer.length > maxDepth) return `nested deeper than ${maxDepth}`;
  for (const key of inner.keys ?? []) {
    const reason = keyRefusal(key);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function put(level: Level, part: unknown): void {
  level.copy ??= (Array.isArray(level.source) ? [...level.source] : { ...level.source }) as Container;
  level.copy[keyOf(level)] = part;
}

function isContainer(value: unknown): value is Container {
  return Array.isArray(value) || isPlainObject(value);
}

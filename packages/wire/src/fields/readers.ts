import { isObject } from "../data-model.ts";
import type { Json } from "../frames.ts";
import { describeValue, Mismatch } from "./mismatch.ts";

/** Gives the checked value, or what is wrong with it. `undefined` stands for a field that is absent. */
export type Reader<T> = (value: unknown) => T | Mismatch;

/** How to read each field of `T`: a reader for a required one, {@link optional} of a reader for an optional one. */
export type Shape<T> = {
  readonly [K in keyof T]-?: Reader<T extends Record<K, unknown> ? T[K] : T[K] | undefined>;
};

/** Reads a field that may be absent. Absent means left out: `null` is a value like others, and of the wrong type. */
export function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return (value) => (value === undefined ? undefined : reader(value));
}

/**
 * Reads an object with these fields into a fresh one that has nothing else: unknown fields are dropped (WP-FRAME-4).
 * `rule` is asked last, for what concerns several fields at once.
 */
export function record<T extends object>(shape: Shape<T>, rule?: (value: T) => Mismatch | undefined): Reader<T> {
  const fields = Object.entries<Reader<unknown>>(shape);
  return (value) => {
    if (!isObject(value)) return new Mismatch("an object", describeValue(value));
    const checked: Record<string, unknown> = {};
    for (const [name, read] of fields) {
      const result = read(Object.hasOwn(value, name) ? value[name] : undefined);
      if (result instanceof Mismatch) return result.inside(name);
      if (result !== undefined) checked[name] = result;
    }
    // Shape<T> has a reader for every field of T and no other, and each has given its type.
    const whole = checked as T;
    return rule?.(whole) ?? whole;
  };
}

/** Reads a list, every item by the same reader. */
export function list<T>(item: Reader<T>): Reader<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) return new Mismatch("a list", describeValue(value));
    const items: T[] = [];
    for (const [index, raw] of value.entries()) {
      const result = item(raw);
      if (result instanceof Mismatch) return result.inside(index);
      items.push(result);
    }
    return items;
  };
}

/** Reads exactly this word. */
export function exactly<const W extends string>(word: W): Reader<W> {
  return (value) => (value === word ? word : new Mismatch(`"${word}"`, describeValue(value)));
}

/** Reads an integer from `min` to `max`; `max` is 2^53 - 1 when left out. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Reader<number> {
  const expected = `an integer from ${min} to ${max}`;
  return (value) =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max
      ? value
      : new Mismatch(expected, describeValue(value));
}

/** Reads a string of 1 to `max` Unicode code points. */
export function text(max: number): Reader<string> {
  const expected = `a string of 1 to ${max} characters`;
  return (value) =>
    typeof value === "string" && value !== "" && hasAtMost(value, max)
      ? value
      : new Mismatch(expected, describeValue(value));
}

/** Reads a string that matches; `expected` says in words what does. The pattern must take linear time. */
export function matching(pattern: RegExp, expected: string): Reader<string> {
  return (value) =>
    typeof value === "string" && pattern.test(value) ? value : new Mismatch(expected, describeValue(value));
}

/** Reads any string, the empty one too. */
export const anyText: Reader<string> = (value) =>
  typeof value === "string" ? value : new Mismatch("a string", describeValue(value));

/** Reads true or false. */
export const flag: Reader<boolean> = (value) =>
  typeof value === "boolean" ? value : new Mismatch("true or false", describeValue(value));

/**
 * Takes any value that is there. That it is Json is known: a codec gave it, and the data model was checked for the
 * frame as a whole before its fields are read.
 */
export const json: Reader<Json> = (value) =>
  value === undefined ? new Mismatch("a value", "nothing") : (value as Json);

/** At most so many code points; counts them only when the length in UTF-16 units leaves room for doubt. */
function hasAtMost(value: string, max: number): boolean {
  return value.length <= max || (value.length <= 2 * max && [...value].length <= max);
}

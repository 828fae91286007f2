import { Mismatch, type ValuePath } from "./fields/mismatch.ts";

/** An object as a parser gives it: own members whose values nothing has checked. */
export type UnknownObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object with keys, so neither null nor a list. */
export function isObject(value: unknown): value is UnknownObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Looks through a parsed frame for what JSON.parse and a CBOR decoder let through but no frame may hold: the keys
 * `__proto__`, `constructor` and `prototype` (R33, WP-DATA-4), numbers that are not finite (WP-DATA-3), and strings or
 * keys with half a surrogate pair (WP-DATA-6). Gives the first one found, undefined when there is none.
 */
export function dataModelMismatch(frame: UnknownObject): Mismatch | undefined {
  const pending: Visit[] = [{ container: frame, parent: undefined, key: "" }];
  for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
    const { container } = visit;
    const wrong = isObject(container) ? searchObject(pending, visit, container) : searchList(pending, visit, container);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

type Container = UnknownObject | readonly unknown[];

/** A container still to look through, linked to the one that holds it so that a path costs nothing until it is needed. */
interface Visit {
  readonly container: Container;
  readonly parent: Visit | undefined;
  readonly key: string | number;
}

function searchObject(pending: Visit[], visit: Visit, object: UnknownObject): Mismatch | undefined {
  // Object.keys gives own members only, whatever has been done to Object.prototype.
  for (const key of Object.keys(object)) {
    if (key === "__proto__" || key === "constructor" || key === "prototype") {
      return new Mismatch("no such key in a frame", `"${key}"`, [...pathOf(visit), key]);
    }
    // A key that is no text cannot be told to the client; the path ends at the object that has it.
    if (!key.isWellFormed()) return new Mismatch("Unicode text as keys", "half of a surrogate pair", pathOf(visit));
    const wrong = searchValue(pending, visit, key, object[key]);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function searchList(pending: Visit[], visit: Visit, list: readonly unknown[]): Mismatch | undefined {
  for (let index = 0; index < list.length; index += 1) {
    const wrong = searchValue(pending, visit, index, list[index]);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function searchValue(pending: Visit[], visit: Visit, key: string | number, value: unknown): Mismatch | undefined {
  switch (typeof value) {
    case "number":
      if (Number.isFinite(value)) return undefined;
      return new Mismatch("a finite number", String(value), [...pathOf(visit), key]);
    case "string":
      if (value.isWellFormed()) return undefined;
      return new Mismatch("Unicode text", "half of a surrogate pair", [...pathOf(visit), key]);
    case "object":
      // A parser makes no objects but these two kinds.
      if (value !== null) pending.push({ container: value as Container, parent: visit, key });
      return undefined;
    default:
      return undefined;
  }
}

function pathOf(visit: Visit): ValuePath {
  const path: (string | number)[] = [];
  for (let at = visit; at.parent !== undefined; at = at.parent) path.unshift(at.key);
  return path;
}

/**
 * Whether a value is an object as `{}` or a JSON decoder makes one: it inherits from nothing, or from what itself inherits
 * from nothing. So the objects of another realm (a frame of a page, a `vm` context) count, and instances of classes do not.
 */
export function isPlainObject(value: unknown): value is Record<PropertyKey, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

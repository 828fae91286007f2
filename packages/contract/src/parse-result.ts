/** What came out of a check: the value, or where it is wrong and why. */
export type ParseResult<T> = { readonly ok: true; readonly value: T } | Refusal;

/** Why data is refused. */
export interface Refusal {
  readonly ok: false;
  /** Keys and indexes from the outermost value to the one that is wrong; empty when it is the outermost itself. */
  readonly path: readonly (string | number)[];
  /** One line for people, at most 242 UTF-16 units, that begins with the path: `text: expected a string, got a number`. */
  readonly message: string;
}

/**
 * Makes a refusal. `reason` may come from a schema library that quotes what a stranger sent, so line breaks in it become
 * spaces, and what is too long is cut.
 */
export function refuse(path: readonly (string | number)[], reason: string): Refusal {
  const place = path.length === 0 ? "" : `${shortLine(path.join("."), maxPlaceLength)}: `;
  return { ok: false, path, message: place + shortLine(reason, maxReasonLength) };
}

const maxPlaceLength = 80;
const maxReasonLength = 160;

/** Never leaves half of a surrogate pair. */
function shortLine(text: string, maxLength: number): string {
  const line = text.replace(/\s/g, " ");
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

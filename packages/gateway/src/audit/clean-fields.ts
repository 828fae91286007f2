/**
 * What may stand in an audit line, made from what a caller or a stranger gave (R53). Total: it throws for nothing. It is
 * the last line of defence, behind events that hold no secret to begin with.
 */
export type CleanFields = Readonly<Record<string, string | number | boolean>>;

/**
 * Keeps the first {@link maxFields} fields whose names are words (AL-FIELD-1): text cleaned by {@link cleanText}, finite numbers and booleans
 * as they are, anything else as the name of its type. A field whose name announces a secret keeps only its name.
 */
export function cleanFields(fields: object): CleanFields {
  const clean: Record<string, string | number | boolean> = {};
  let kept = 0;
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(fields))) {
    // A getter is code of the caller's, and may throw.
    const value: unknown = descriptor.value;
    if (value === undefined || !fieldName.test(name) || kept === maxFields) continue;
    clean[name] = secretName.test(name) ? redacted : cleanValue(name, value);
    kept += 1;
  }
  return clean;
}

/**
 * Text that is safe to print and to search: what looks like a token or a key is `[redacted]`; control, format and separator
 * characters, lone surrogates and the backslash are written `\u{1b}`, so that no two texts look alike; what is longer than
 * {@link maxTextLength} is cut and ends in `…`.
 *
 * @param isName for the id of a user, a device, a connection, a session or a token (not the token), which may be a long run of letters and digits by right
 */
export function cleanText(text: string, isName = false): string {
  // Cut before searching too, so that a stranger's long text costs little; what a cut token leaves still looks like one.
  const short = text.slice(0, maxTextLength * 2);
  const withoutSecrets = (isName ? tokenShapes : secretShapes).reduce(
    (rest, shape) => rest.replace(shape, redacted),
    short,
  );
  const escaped = withoutSecrets.replace(unsafe, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return escaped.length <= maxTextLength && short.length === text.length ? escaped : `${cut(escaped)}…`;
}

/** {@link cleanText} of the text in a field, which is an id or is not by the field's name. */
export function cleanField(name: string, text: string): string {
  return cleanText(text, names.has(name));
}

/** The most fields of one event. */
export const maxFields = 16;
/** The most UTF-16 code units of a cleaned text, without the `…` of one that was cut. */
export const maxTextLength = 512;

const redacted = "[redacted]";
const fieldName = /^[a-z][A-Za-z0-9]{0,31}$/;
const secretName = /token|ticket|secret|passw|credential|authorization|cookie|apikey|privatekey|^key$|payload|^data$/i;
const names: ReadonlySet<string> = new Set(["user", "device", "connection", "session", "jti", "tokenId"]);

/** A JSON Web Token or a beginning of one, credentials of the Authorization header, `token=…` and the like, a PEM block. */
const tokenShapes: readonly RegExp[] = [
  /eyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g,
  /\b(?:bearer|basic|dpop)[\s:]+[\w.~+/=-]{8,}/gi,
  /\b[\w-]*(?:token|ticket|secret|passw(?:or)?d|authorization|cookie|key)["']?\s*[=:]\s*["']?[^\s"'&;,]+/gi,
  /-----BEGIN [\s\S]*/g,
];
/** Also any run of characters that is as long as 30 random bytes in Base64: no word, address or UUID is. */
const secretShapes: readonly RegExp[] = [...tokenShapes, /[\w+/-]{40,}={0,2}/g];
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\]/gu;

function cleanValue(name: string, value: unknown): string | number | boolean {
  if (typeof value === "string") return cleanField(name, value);
  if (typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))) return value;
  return `(${value === null ? "null" : typeof value})`;
}

/** Not in the middle of an escape or of a surrogate pair. */
function cut(text: string): string {
  return text.slice(0, maxTextLength).replace(/\\(?:u(?:\{[0-9a-f]*)?)?$|[\ud800-\udbff]$/, "");
}

/** A way in which a text may stand in bytes. */
export interface CanaryForm {
  readonly form: string;
  readonly bytes: Buffer;
}

/**
 * All ways in which a text may stand in what somebody records: as it is or escaped, and that as it is, in Base64 at any
 * alignment, in hexadecimal or in UTF-16. None twice. Only what does not depend on what stands beside it is in a form.
 */
export function formsOf(text: string): readonly CanaryForm[] {
  const forms = new Map<string, CanaryForm>();
  for (const [escaping, written] of Object.entries(escapings)) {
    for (const [writing, write] of Object.entries(writings)) {
      for (const bytes of write(written(text))) {
        const form = `${escaping} in ${writing}`;
        const key = bytes.toString("latin1");
        if (!forms.has(key)) forms.set(key, { form, bytes });
      }
    }
  }
  return [...forms.values()];
}

/** How characters are written. */
export const escapings: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  JSON: (text) => JSON.stringify(text).slice(1, -1),
  "JSON in ASCII": (text) =>
    JSON.stringify(text)
      .slice(1, -1)
      .replace(/[^ -~]/g, unicodeEscape),
  "JSON, all escaped": (text) => text.replace(/[\s\S]/g, unicodeEscape),
  "JSON, all escaped in capitals": (text) => text.replace(/[\s\S]/g, (unit) => `\\u${hexOf(unit).toUpperCase()}`),
  URL: (text) => encodeURIComponent(text),
  form: (text) => new URLSearchParams({ "": text }).toString().slice(1),
  "URL, all escaped": (text) => percent(text).toUpperCase(),
  "URL, all escaped in small letters": (text) => percent(text),
};

/** How bytes are written. */
export const writings: Readonly<Record<string, (text: string) => readonly Buffer[]>> = {
  "UTF-8": (text) => [Buffer.from(text)],
  Base64: (text) => alignedBase64(text, "base64"),
  Base64url: (text) => alignedBase64(text, "base64url"),
  hexadecimal: (text) => {
    const hex = Buffer.from(text).toString("hex");
    return [Buffer.from(hex), Buffer.from(hex.toUpperCase())];
  },
  "UTF-16": (text) => [Buffer.from(text, "utf16le"), Buffer.from(text, "utf16le").swap16()],
};

/** Base64 behind nought, one and two other bytes, without the characters in which a neighbour has a part. */
function alignedBase64(text: string, encoding: "base64" | "base64url"): readonly Buffer[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].map((before) => {
    const begin = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    return Buffer.from(
      Buffer.concat([Buffer.alloc(before), bytes])
        .toString(encoding)
        .slice(begin, end),
    );
  });
}

function unicodeEscape(unit: string): string {
  return `\\u${hexOf(unit)}`;
}

function hexOf(unit: string): string {
  return unit.charCodeAt(0).toString(16).padStart(4, "0");
}

function percent(text: string): string {
  return Buffer.from(text).toString("hex").replace(/../g, "%$&");
}

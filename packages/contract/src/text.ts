/**
 * What untrusted text may hold, and the one form it is brought into before any schema, comparison or storage sees it
 * (R33, S12). The result passes again unchanged.
 *
 * - CT-TEXT-1: applies to every string of a value at any depth, and to every key.
 * - CT-TEXT-2: refused: control characters (C0 except TAB, LF and CR, DEL, C1), lone surrogates, the 66 noncharacters of
 *   Unicode. No text needs them; they break terminals, logs, databases and strict UTF-8 decoders.
 * - CT-TEXT-3: stripped: bidirectional embeddings, overrides and isolates (U+202A–202E, U+2066–2069), which make text
 *   read as another text. The marks U+061C, U+200E and U+200F stay, for right-to-left scripts need them.
 * - CT-TEXT-4: CRLF, lone CR, U+2028 and U+2029 become LF, the only line break there is.
 * - CT-TEXT-5: refused: more than 30 combining marks in a row (the bound of the Stream-Safe Text Format, UAX 15). Written
 *   languages stay far below it, and NFC takes quadratic time beyond: 0.6 s for one message of 64 KiB.
 * - CT-TEXT-6: then Unicode normalisation form C, so that equal text is equal however it was typed. It may make text up to
 *   three times as long; a schema's bounds hold for what comes out.
 * - CT-TEXT-7: keys are refused where text would be changed, and with TAB or line breaks, so that no two keys of an object
 *   can become one; also `__proto__`, `constructor` and `prototype`.
 * - CT-TEXT-8: everything else stays as it is, such as the joiners in emoji, variation selectors and unassigned
 *   characters. Escaping belongs to whoever puts text into a page.
 *
 * Each expression below takes time linear in the text (R34).
 */

/** A text in its one form, or why it is refused. */
export type TextResult = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

/** Applies CT-TEXT-2 to CT-TEXT-6. Plain ASCII comes back as it is, at the price of one scan. */
export function normaliseText(text: string): TextResult {
  if (plainText.test(text)) return { ok: true, text };
  const found = refused.exec(text);
  if (found !== null) return { ok: false, reason: `${nameOf(found[0])} is not allowed` };
  const stripped = text.replace(bidirectionalControls, "").replace(lineBreaks, "\n");
  if (combiningRun.test(stripped)) return tooManyMarks;
  const composed = stripped.normalize("NFC");
  // A few marks become two each under NFC.
  if (composed !== stripped && combiningRun.test(composed)) return tooManyMarks;
  return { ok: true, text: composed };
}

/** Why a key is refused by CT-TEXT-7, or `undefined` if it may stay. */
export function keyRefusal(key: string): string | undefined {
  if (reservedKeys.has(key)) return `the key "${key}" is not allowed`;
  if (plainKey.test(key)) return undefined;
  const result = normaliseText(key);
  if (!result.ok) return `in a key, ${result.reason}`;
  if (result.text === key && !tabOrLineFeed.test(key)) return undefined;
  return "a key is not in NFC, or has a tab, a line break or a bidirectional control";
}

const plainText = /^[\t\n -~]*$/;
const plainKey = /^[ -~]*$/;
const refused = /[[\p{Cc}--[\t\n\r]]\p{Cs}\p{Noncharacter_Code_Point}]/v;
const bidirectionalControls = /[\u202A-\u202E\u2066-\u2069]/g;
const lineBreaks = /\r\n?|[\u2028\u2029]/g;
const tabOrLineFeed = /[\t\n]/;
/** Begins at the first mark of a run only; else a long text of short runs is scanned from each of its marks. */
const combiningRun = /\p{M}(?<!\p{M}{2})\p{M}{30}/u;
const tooManyMarks: TextResult = { ok: false, reason: "more than 30 combining marks in a row are not allowed" };
const reservedKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

function nameOf(character: string): string {
  const kind = /\p{Cc}/u.test(character)
    ? "the control character"
    : /\p{Cs}/u.test(character)
      ? "the lone surrogate"
      : "the noncharacter";
  return `${kind} U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/**
 * Text that a stranger chose, made safe for a terminal and for documents: control characters, escape sequences, line
 * separators and bidirectional overrides are written as `\u{1b}`, and what is longer than `longest` is cut (R53).
 */
export function printable(text: string, longest = 2_000): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return shown
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

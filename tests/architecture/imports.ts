/** The specifiers of every import in a TypeScript source: static, `export from`, types, `import()`; in order. */
export function importsOf(source: string): string[] {
  const code = withoutComments(source);
  const found = [...code.matchAll(importForms)].map((match) => match.groups?.["specifier"] ?? unreadable);
  return found;
}

/** Stands for an import whose specifier is computed, which no test can follow. */
export const unreadable = "(computed)";

// `import "x"`, `import … from "x"`, `export … from "x"`, `import("x")` as expression or type, `require("x")`.
// Not the end of a longer word, a property or the whole of a string.
const alone = String.raw`(?<![\w.$"'\x60])`;
const clause = String.raw`[\w\s{},*$]*?`;
const quoted = String.raw`["'\x60](?<specifier>[^"'\x60$]+)["'\x60]`;
const importForms = new RegExp(
  [
    String.raw`${alone}import\s*${quoted}`,
    String.raw`${alone}(?:import|export)\b${clause}\bfrom\s*${quoted}`,
    String.raw`${alone}(?:import|require)\s*\(\s*(?:${quoted}\s*[,)])?`,
  ].join("|"),
  "g",
);

/**
 * Blanks comments, keeping line numbers. A quote inside a regular expression is taken for a string's beginning only if
 * the string would end on the same line, which costs at most the rest of that line.
 */
export function withoutComments(source: string): string {
  const stringOrComment = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return source.replace(stringOrComment, (whole, text?: string) => text ?? whole.replace(/[^\n]/g, " "));
}

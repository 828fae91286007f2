/**
 * The files and folders of this repository that a Markdown document names: between backticks, in code blocks, as a link's
 * target. Patterns (`packages/*`) and places to fill in (`NNNN-name`, `<name>`) are no names.
 */
export function pathsNamedIn(markdown: string): string[] {
  const found = [...markdown.matchAll(path)].map(([whole]) => whole.replace(/[.:]$/, ""));
  return [...new Set(found)].filter((each) => !each.includes("NNNN"));
}

const path = /(?<=[`(\s])(?:packages|contracts|examples|tests|tools|spec|docs)\/[\w./-]*(?![\w*<{./-])/g;

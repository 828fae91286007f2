import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The repository's folder, with a closing slash left out. */
export const repositoryRoot: string = join(import.meta.dirname, "..");

/**
 * Every file of the repository, tracked or not yet, by path from `root` with `/` between the parts, sorted. Left out is
 * what `.gitignore` names. It needs no git, so that a downloaded archive is checked like a clone.
 */
export function repositoryFiles(root: string = repositoryRoot): string[] {
  const isIgnored = ignoreRule(readFileSync(join(root, ".gitignore"), "utf8"));
  return walk(root, "", isIgnored).sort();
}

/**
 * Understands the two forms this repository's `.gitignore` uses: a folder's name followed by `/`, and `*` followed by an
 * ending.
 * @throws Error at any other form, since a rule that is silently not understood would widen or narrow every check.
 */
export function ignoreRule(gitignore: string): (name: string, isFolder: boolean) => boolean {
  const folders = new Set([".git"]);
  const endings: string[] = [];
  for (const line of gitignore.split("\n").map((text) => text.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    if (/^[\w.-]+\/$/.test(line)) folders.add(line.slice(0, -1));
    else if (/^\*[\w.-]+$/.test(line)) endings.push(line.slice(1));
    else
      throw new Error(`.gitignore: "${line}" is neither "folder/" nor "*.ending"; teach ignoreRule() the form first`);
  }
  return (name, isFolder) => (isFolder ? folders.has(name) : endings.some((ending) => name.endsWith(ending)));
}

function walk(root: string, folder: string, isIgnored: (name: string, isFolder: boolean) => boolean): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (isIgnored(entry.name, entry.isDirectory())) return [];
    if (entry.isDirectory()) return walk(root, path, isIgnored);
    return entry.isFile() ? [path] : [];
  });
}

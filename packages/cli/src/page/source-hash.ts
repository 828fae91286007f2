import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * A short name for the present content of files and folders: the same content has the same name, whenever it was
 * written. About a hundred small files take a few milliseconds.
 *
 * @param root what the paths are relative to.
 * @returns 16 hexadecimal digits.
 */
export function sourceHash(root: string, paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of paths.flatMap((each) => filesIn(root, each)).sort()) {
    const content = readFileSync(join(root, path));
    // Lengths keep two files from reading as one.
    hash.update(`${path}\0${content.byteLength}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

function filesIn(root: string, path: string): readonly string[] {
  const at = join(root, path);
  if (statSync(at).isFile()) return [path];
  return readdirSync(at).flatMap((name) => filesIn(root, `${path}/${name}`));
}

import { withoutComments } from "./imports.ts";

/** A TypeScript file of the repository. */
export interface ShapedFile {
  readonly path: string;
  readonly source: string;
}

const maxSourceLines = 400;
const maxTestLines = 600;
const maxFilesInFolder = 14;
const dumpingGrounds = ["util", "utils", "helper", "helpers", "common", "manager", "misc", "types"];

/** What is wrong with the shape of the sources, one sentence each; nothing when all is well. */
export function shapeFaults(files: readonly ShapedFile[]): string[] {
  return [...files.flatMap(fileFaults), ...folderFaults(files.map(({ path }) => path))];
}

function fileFaults({ path, source }: ShapedFile): string[] {
  const faults: string[] = [];
  const lines = source.split("\n").length - 1;
  const most = isTest(path) ? maxTestLines : maxSourceLines;
  if (lines > most) faults.push(`${path} has ${lines} lines; ${most} is the most: split it by idea`);
  for (const part of path.replace(/\.tsx?$/, "").split("/")) {
    if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.(contract|test|config|d))?$/.test(part))
      faults.push(`${path}: "${part}" is not kebab-case`);
    if (dumpingGrounds.includes(part)) faults.push(`${path}: "${part}" says nothing; name it after what it holds`);
  }
  if (isBarrel(source)) faults.push(`${path} only re-exports; export subpaths instead`);
  return faults;
}

/** A file with re-exports and nothing else. */
function isBarrel(source: string): boolean {
  const code = withoutComments(source);
  const rest = code.replace(/export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s+from\s*["'][^"']+["']\s*;?/g, "");
  return rest !== code && rest.trim() === "";
}

function folderFaults(paths: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > maxFilesInFolder)
    .map(([folder, count]) => `${folder} holds ${count} files; ${maxFilesInFolder} is the most: make rooms`);
}

function isTest(path: string): boolean {
  return path.startsWith("tests/") || path.includes("/test/");
}

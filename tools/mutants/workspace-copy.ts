import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { repositoryFiles } from "../repository-files.ts";

/** A copy of the repository's files in a temporary folder, whose own packages resolve into the copy. */
export interface WorkspaceCopy {
  readonly folder: string;
  read(file: string): string;
  write(file: string, text: string): void;
  remove(): void;
}

/** Copies the repository at `root`. Third-party packages are not copied: `node_modules` is a folder of links. */
export function copyWorkspace(root: string): WorkspaceCopy {
  const folder = mkdtempSync(join(tmpdir(), "wardwire-mutants-"));
  for (const file of repositoryFiles(root)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  linkModules(root, folder);
  return {
    folder,
    read: (file) => readFileSync(join(folder, file), "utf8"),
    write: (file, text) => writeFileSync(join(folder, file), text),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function linkModules(root: string, folder: string): void {
  mkdirSync(join(folder, "node_modules", "@wardwire"), { recursive: true });
  const installed = join(root, "node_modules");
  if (!existsSync(installed)) return;
  const owns = workspaces(folder);
  const ownNames = new Set(owns.map(({ name }) => name.split("/", 1)[0]));
  for (const name of readdirSync(installed).filter((each) => !ownNames.has(each))) {
    symlinkSync(join(installed, name), join(folder, "node_modules", name));
  }
  for (const own of owns) symlinkSync(join(folder, own.folder), join(folder, "node_modules", own.name));
}

/** The packages of this repository, by name, as their manifests in the copy state it. */
function workspaces(folder: string): { readonly name: string; readonly folder: string }[] {
  const manifests = repositoryFiles(folder).filter((file) => file.endsWith("/package.json"));
  return manifests.map((file) => {
    const { name }: { name: string } = JSON.parse(readFileSync(join(folder, file), "utf8"));
    return { name, folder: dirname(file) };
  });
}

import type { KeyFiles } from "./key-files.ts";

/** The files of server keys in memory, for tests: nothing of them outlives the process. */
export function memoryFiles(): KeyFiles {
  const files = new Map<string, { readonly content: Uint8Array<ArrayBuffer>; readonly revision: string }>();
  let revisions = 0;
  let locked = false;
  const replace = (name: string, content: string | Uint8Array): void => {
    revisions += 1;
    files.set(name, { content: new Uint8Array(Buffer.from(content)), revision: `${revisions}` });
  };
  return {
    at: (name) => `memory:${name}`,
    read: (name) => files.get(name)?.content.slice(),
    replace,
    create: (name, content) => {
      if (files.has(name)) return false;
      replace(name, content);
      return true;
    },
    remove: (name) => void files.delete(name),
    list: (folder) =>
      [...files.keys()].flatMap((name) => (name.startsWith(`${folder}/`) ? name.slice(folder.length + 1) : [])),
    revision: (name) => files.get(name)?.revision,
    lock: () => {
      if (locked) return undefined;
      locked = true;
      return {
        [Symbol.dispose]: () => {
          locked = false;
        },
      };
    },
    // Nobody else writes: what is left to look for is that it is time for another key.
    lookEveryMs: 600_000,
  };
}

import { withoutComments } from "./imports.ts";

/** A TypeScript source by its path in the repository. */
export interface Source {
  readonly path: string;
  readonly source: string;
}

/** An exported type of error codes and all of its members. */
export interface CodeUnion {
  readonly name: string;
  readonly codes: readonly string[];
}

/** Every exported type of the sources whose name ends in `ErrorCode`; types are looked up within one package. */
export function codeUnions(sources: readonly Source[]): CodeUnion[] {
  return sources.flatMap(({ path, source }) => {
    const room = path.split("/", 2).join("/");
    const neighbours = sources
      .filter((each) => each.path.startsWith(`${room}/`))
      .map((each) => withoutComments(each.source));
    const declarations = withoutComments(source).matchAll(/export type (\w*ErrorCode) =([^;]+);/g);
    return [...declarations].map(([, name = "", type = ""]) => ({ name, codes: members(type, neighbours) }));
  });
}

/**
 * The members of a union of string literals, of `keyof typeof record`, of `Exclude<…>` or of a name for one of these.
 * @throws Error at any other form, since codes that are not seen would go undocumented.
 */
function members(type: string, sources: readonly string[]): string[] {
  const text = type.replace(/\s+/g, " ").trim();
  if (/^(\| )?"[^"]+"( \| "[^"]+")*$/.test(text)) return [...text.matchAll(/"([^"]+)"/g)].map(([, code = ""]) => code);
  const record = text.match(/^keyof typeof (\w+)$/)?.[1];
  if (record !== undefined) return keysOf(record, sources);
  const [, from, without] = text.match(/^Exclude<(\w+), ([^>]+)>$/) ?? [];
  if (from !== undefined && without !== undefined) {
    const removed = members(without, sources);
    return members(from, sources).filter((code) => !removed.includes(code));
  }
  if (/^\w+$/.test(text)) return members(find(new RegExp(`type ${text} =([^;]+);`), sources), sources);
  throw new Error(`code-unions.ts does not understand the type ${text}`);
}

function keysOf(record: string, sources: readonly string[]): string[] {
  const body = find(new RegExp(`const ${record} = \\{\\n([\\s\\S]*?)\\n\\} as const`), sources);
  return [...body.matchAll(/^ {2}"?([\w-]+)"?:/gm)].map(([, key = ""]) => key);
}

function find(pattern: RegExp, sources: readonly string[]): string {
  for (const source of sources) {
    const found = source.match(pattern)?.[1];
    if (found !== undefined) return found;
  }
  throw new Error(`code-unions.ts finds no ${pattern.source}`);
}

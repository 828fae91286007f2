import { registerHooks } from "node:module";
import { type Mutant, mutate } from "../../tools/mutants/mutant.ts";

/** One rule that the sources of `packages/crypto` keep, taken away. */
export type Weakness = Omit<Mutant, "tests">;

/** What a model is good for: without the rule an exploration finds this violation. */
export interface Control extends Weakness {
  readonly finds: RegExp;
}

/** Imports a module of `@wardwire/crypto` by its subpath, such as `session-records/record-opener`. */
export type ImportCrypto = <Module>(subpath: string) => Promise<Module>;

/** The sources as they are. */
export const asBuilt: ImportCrypto = (subpath) => import(urlOf(subpath));

/**
 * The sources with one rule taken away, as a second copy beside the real one in this process. What is imported together is
 * of one copy.
 *
 * @throws Error when the weakened file is none of those that were imported, or its text has changed
 */
export async function weakened<Parts>(
  weakness: Weakness,
  importParts: (importCrypto: ImportCrypto) => Promise<Parts>,
): Promise<Parts> {
  const mark = `?without=${weakness.name}`;
  let isApplied = false;
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const isOfTheCopy = context.parentURL?.endsWith(mark) === true && resolved.url.includes(sources);
      return isOfTheCopy ? { ...resolved, url: `${resolved.url}${mark}` } : resolved;
    },
    load(url, context, next) {
      const loaded = next(url, context);
      if (!url.endsWith(`/${weakness.file}${mark}`)) return loaded;
      isApplied = true;
      return { ...loaded, source: mutate({ ...weakness, tests: [] }, String(loaded.source)) };
    },
  });
  try {
    const parts = await importParts((subpath) => import(`${urlOf(subpath)}${mark}`));
    if (!isApplied) throw new Error(`${weakness.name}: nothing that was imported is in ${weakness.file}`);
    return parts;
  } finally {
    hooks.deregister();
  }
}

const sources = "/packages/crypto/src/";

function urlOf(subpath: string): string {
  return import.meta.resolve(`@wardwire/crypto/${subpath}`);
}

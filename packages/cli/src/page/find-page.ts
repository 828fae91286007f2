import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildPage } from "./build-page.ts";
import { type BuiltPage, loadBuiltPage } from "./built-page.ts";

/** The chat page, or why there is none. */
export type FoundPage =
  | { readonly found: true; readonly page: BuiltPage }
  | { readonly found: false; readonly why: string };

/** This package's folder, from `src/page/` as well as from `dist/page/`. */
const packageFolder = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Finds the chat page: in a clone it is built when it is missing or its sources have changed, the published package
 * carries it.
 *
 * @param say told before something that takes a moment.
 */
export async function findPage(say: (line: string) => void): Promise<FoundPage> {
  try {
    // Only a clone has the configuration of the compiler.
    if (existsSync(`${packageFolder}tsconfig.json`)) {
      const folder = await buildPage(fileURLToPath(new URL("../../../../", import.meta.url)), say);
      return { found: true, page: loadBuiltPage(folder) };
    }
    return { found: true, page: loadBuiltPage(`${packageFolder}built-page`) };
  } catch (error) {
    return { found: false, why: error instanceof Error ? error.message : String(error) };
  }
}

/** What sealed connections take from a browser: WebCrypto, and a place that outlives the page. */

import type { Primitives } from "@wardwire/crypto/primitives";
import { createWebPrimitives } from "@wardwire/crypto/primitives/web";
import type { BundleStore } from "../bundle-store.ts";

/** Finds out once what this browser has. */
export const loadPrimitives: () => Promise<Primitives> = createWebPrimitives;

/** `localStorage`, where there is one and it may be used: not in workers, not in every private window. */
export const defaultBundleStore: BundleStore | undefined = {
  load: async () => attempt(() => localStorage.getItem(storageKey) ?? undefined),
  save: async (text) => attempt(() => localStorage.setItem(storageKey, text)),
};

const storageKey = "wardwire-key-bundles";

/** What a browser throws says that there is no such place; memory has to do then. */
function attempt<Result>(use: () => Result): Result | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}

/** What sealed connections take from Node: its own cryptography. Where to keep things, an application says. */
import type { Primitives } from "@wardwire/crypto/primitives";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import type { BundleStore } from "../bundle-store.ts";

/** Node's primitives are there at once. */
export const loadPrimitives = async (): Promise<Primitives> => nodePrimitives;

/** None: a program gives a `bundleStore`, or remembers as long as it runs. */
export const defaultBundleStore: BundleStore | undefined = undefined;

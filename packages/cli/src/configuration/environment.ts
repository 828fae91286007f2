import { z } from "zod";
import type { Problem } from "./problem.ts";
import { configurationSchema } from "./schema.ts";

/**
 * Lays the environment over what the file says: `WARDWIRE_TLS__CERT_FILE` sets `tls.certFile`. Two underscores step into
 * a group, one separates the words of a key; lists are separated by commas. Secrets are never values of the
 * environment, only files it names. A variable with `__` that no key answers to is a problem; other variables that begin
 * with `WARDWIRE_` are not settings.
 *
 * @param fromFile what the file holds; not changed.
 */
export function applyEnvironment(
  fromFile: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly settings: Record<string, unknown>; readonly problems: readonly Problem[] } {
  const settings = structuredClone(fromFile) as Record<string, unknown>;
  const problems: Problem[] = [];
  const leaves = new Map(listLeaves(configurationSchema, []).map((leaf) => [variableName(leaf.path), leaf]));
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(prefix) || value === undefined) continue;
    const leaf = leaves.get(name);
    if (leaf !== undefined) assign(settings, leaf.path, leaf.read(value));
    else if (name.includes("__")) problems.push({ path: name, message: "the environment sets a key there is none of" });
  }
  return { settings, problems };
}

/** The environment variable of a key: `["tls", "certFile"]` is `WARDWIRE_TLS__CERT_FILE`. */
export function variableName(path: readonly string[]): string {
  const words = path.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
  return `${prefix}${words.join("__")}`;
}

const prefix = "WARDWIRE_";
const booleans: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["false", false],
]);

interface Leaf {
  readonly path: readonly string[];
  /** The variable's text as the kind of value the schema wants; text that is no number stays text and is refused there. */
  read(text: string): unknown;
}

function listLeaves(schema: z.core.$ZodType, path: readonly string[]): Leaf[] {
  if (schema instanceof z.ZodExactOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return listLeaves(schema.def.innerType, path);
  }
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([key, child]: [string, z.core.$ZodType]) =>
      listLeaves(child, [...path, key]),
    );
  }
  if (schema instanceof z.ZodArray) return [{ path, read: (text) => text.split(",").map((part) => part.trim()) }];
  if (schema instanceof z.ZodNumber) return [{ path, read: (text) => (/^\d+$/.test(text) ? Number(text) : text) }];
  if (schema instanceof z.ZodBoolean) return [{ path, read: (text) => booleans.get(text) ?? text }];
  return [{ path, read: (text) => text }];
}

function assign(settings: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = settings;
  for (const key of path.slice(0, -1)) {
    const child = at[key];
    const group = typeof child === "object" && child !== null && !Array.isArray(child) ? child : {};
    at[key] = group;
    at = group as Record<string, unknown>;
  }
  const last = path.at(-1);
  if (last !== undefined) at[last] = value;
}

import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseDocument } from "yaml";
import { systemErrorCode } from "../cli-error.ts";
import type { Configuration } from "./configuration.ts";
import { applyEnvironment } from "./environment.ts";
import { type Problem, problemsOf } from "./problem.ts";
import { configurationSchema, kindOf } from "./schema.ts";

/** A configuration, or everything that is wrong with it. */
export type LoadResult =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Larger files are no configuration; references are few, so that a file of bytes cannot become one of gigabytes. */
const maxFileBytes = 262_144;
const maxAliasCount = 16;

/**
 * Reads a YAML configuration, lays the environment over it and checks it: environment > file > default. Never throws;
 * whatever is wrong is a problem with the path of its key.
 */
export function loadConfiguration(file: string, environment: Readonly<Record<string, string | undefined>>): LoadResult {
  const parsed = parseFile(file);
  if ("problem" in parsed) return { ok: false, problems: [{ path: "", message: parsed.problem }] };
  const { settings, problems } = applyEnvironment(parsed.settings, environment);
  const checked = configurationSchema.safeParse(settings);
  const all = [...problems, ...(checked.success ? [] : problemsOf(checked.error))];
  return checked.success && all.length === 0 ? { ok: true, configuration: checked.data } : { ok: false, problems: all };
}

/** Where a path of the configuration leads: paths are relative to the folder of the file that holds them. */
export function resolveBeside(file: string, path: string): string {
  return resolve(dirname(file), path);
}

type Parsed = { readonly settings: Record<string, unknown> } | { readonly problem: string };

function parseFile(file: string): Parsed {
  let text: string;
  try {
    const { size } = statSync(file);
    if (size > maxFileBytes) return { problem: `the file has ${size} bytes; at most ${maxFileBytes} are read` };
    text = readFileSync(file, "utf8");
  } catch (error) {
    return { problem: `cannot read the file (${systemErrorCode(error) ?? "unknown error"}); check --config` };
  }
  try {
    return parseYaml(text);
  } catch (error) {
    // The parser throws on references that would expand without bound and on nesting deeper than the stack.
    return { problem: `not usable as YAML: ${error instanceof Error ? firstLine(error.message) : "unknown error"}` };
  }
}

function parseYaml(text: string): Parsed {
  const document = parseDocument(text, { uniqueKeys: true, prettyErrors: true });
  const [mistake] = [...document.errors, ...document.warnings];
  if (mistake !== undefined) return { problem: `not valid YAML: ${firstLine(mistake.message)}` };
  const settings: unknown = document.toJS({ maxAliasCount });
  if (typeof settings !== "object" || settings === null || Array.isArray(settings)) {
    return { problem: `expected keys and values at the top, got ${kindOf(settings)}` };
  }
  return { settings: settings as Record<string, unknown> };
}

function firstLine(message: string): string {
  return (message.split("\n")[0] ?? "").replace(/:$/, "");
}

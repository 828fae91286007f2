import { readFileSync, writeFileSync } from "node:fs";
import type { ScanReport } from "@wardwire/scanner";
import { type Finding, isFault, type Severity, severities } from "@wardwire/scanner/finding";
import { z } from "zod";
import { CliError, systemErrorCode } from "../cli-error.ts";

/** Faults that are known and do not count for the exit code, unless they have become heavier. */
export interface Baseline {
  readonly knows: (target: string, finding: Finding) => boolean;
}

const baselineFile = z.strictObject({
  version: z.literal(1),
  known: z.array(
    z.strictObject({ target: z.string(), id: z.string(), severity: z.enum(severities as [Severity, ...Severity[]]) }),
  ),
});

/** A baseline that knows nothing. */
export const noBaseline: Baseline = { knows: () => false };

/**
 * Reads what {@link writeBaseline} wrote.
 *
 * @throws CliError `configuration` when it cannot be read or is something else.
 */
export function readBaseline(file: string): Baseline {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const why = systemErrorCode(error) ?? "not JSON";
    throw new CliError("configuration", `cannot read ${file} (${why}); check --baseline`, { cause: error });
  }
  const parsed = baselineFile.safeParse(content);
  if (!parsed.success) {
    throw new CliError("configuration", `--baseline: expected what --write-baseline writes in ${file}`);
  }
  const weights = new Map(
    parsed.data.known.map(({ target, id, severity }) => [`${target} ${id}`, severities.indexOf(severity)]),
  );
  return {
    knows: (target, { id, severity }) => severities.indexOf(severity) <= (weights.get(`${target} ${id}`) ?? -1),
  };
}

/**
 * Writes every fault of the reports as known.
 *
 * @throws CliError `configuration` when it cannot be written.
 */
export function writeBaseline(file: string, reports: readonly ScanReport[]): void {
  const known = reports.flatMap(({ target, findings }) =>
    findings.filter((finding) => isFault(finding)).map(({ id, severity }) => ({ target, id, severity })),
  );
  try {
    writeFileSync(file, `${JSON.stringify({ version: 1, known }, undefined, 2)}\n`);
  } catch (error) {
    const why = systemErrorCode(error) ?? "unknown error";
    throw new CliError("configuration", `cannot write ${file} (${why}); check --write-baseline`, { cause: error });
  }
}

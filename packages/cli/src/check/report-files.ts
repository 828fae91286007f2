import { renameSync, rmSync, writeFileSync } from "node:fs";
import type { ScanReport } from "@wardwire/scanner";
import { htmlReport } from "@wardwire/scanner/report/html";
import { junitReport } from "@wardwire/scanner/report/junit";
import { markdownReport } from "@wardwire/scanner/report/markdown";
import { sarifReport } from "@wardwire/scanner/report/sarif";
import { CliError, systemErrorCode } from "../cli-error.ts";
import { version } from "../version.ts";

/** Where reports are written, by format. */
export type ReportFiles = { readonly [F in Format]?: string };

type Format = "sarif" | "junit" | "html" | "md";

const formats: { readonly [F in Format]: (reports: readonly ScanReport[]) => string } = {
  sarif: (reports) => sarifReport(reports, version()),
  junit: junitReport,
  html: htmlReport,
  md: markdownReport,
};

/**
 * Writes the reports of all targets into one file of each format that is asked for. A file is there whole or not at all.
 *
 * @throws CliError `configuration` when one cannot be written.
 */
export function writeReports(files: ReportFiles, reports: readonly ScanReport[]): void {
  for (const format of Object.keys(formats) as Format[]) {
    const file = files[format];
    if (file !== undefined) writeWhole(file, formats[format](reports), `--${format}`);
  }
}

function writeWhole(file: string, text: string, option: string): void {
  const unfinished = `${file}.${process.pid}.unfinished`;
  try {
    writeFileSync(unfinished, text);
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    const why = systemErrorCode(error) ?? "unknown error";
    throw new CliError("configuration", `cannot write ${file} (${why}); check ${option}`, { cause: error });
  }
}

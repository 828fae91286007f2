import type { Finding, Severity } from "../finding.ts";
import type { ScanReport } from "../scan.ts";
import { printable } from "./printable.ts";
import { countsInWords, summarise } from "./summary.ts";
import { wrap } from "./wrap.ts";

/** Colours a text, or leaves it as it is where there are no colours. */
export type Paint = (style: "bold" | "dim" | "green" | "red" | "yellow" | "cyan", text: string) => string;

/** How much is shown. */
export interface TerminalOptions {
  /** Passed and skipped checks too; false when left out. */
  readonly all?: boolean;
  readonly paint?: Paint;
  /** Width of the terminal in characters; 100 when left out. */
  readonly columns?: number;
}

const plain: Paint = (_style, text) => text;

/** The report as lines for a terminal. Everything strangers wrote is made printable. */
export function terminalReport(
  report: ScanReport,
  { all = false, paint = plain, columns = 100 }: TerminalOptions = {},
): string[] {
  const page: Page = { paint, columns: Math.max(columns, 40) };
  const summary = summarise(report);
  const { faults, errors, remarks, passed, skipped } = summary;
  const grade = report.grade ?? "–";
  const protocol = report.protocol === null ? "" : `  ${report.protocol}`;
  const figures = `${passed.length} passed, ${skipped.length} skipped, ${(report.durationMs / 1_000).toFixed(1)} s`;
  return [
    `${paint("bold", `Grade ${paint(gradeStyle(report), grade)}`)}  ${printable(report.target)}${protocol}`,
    `${countsInWords(summary)}; ${figures}`,
    ...(report.grade === null ? ["Not graded: no WebSocket was established, or the time was over."] : []),
    ...faults.flatMap((finding) => ["", ...faultLines(finding, page)]),
    ...section("Could not be checked", errors, page),
    ...section("Worth knowing", remarks, page),
    ...(all ? section("Passed", passed, page) : []),
    ...(all ? section("Skipped", skipped, page) : []),
  ];
}

interface Page {
  readonly paint: Paint;
  readonly columns: number;
}

function faultLines(finding: Finding, { paint, columns }: Page): string[] {
  const { id, title, severity, evidence, requirements, mend } = finding;
  return [
    `${paint(severityStyle[severity], `✗ ${severity.toUpperCase()}`)}  ${paint("bold", title)}  ${paint("dim", id)}`,
    ...hanging("  found: ", printable(evidence, 400), columns),
    ...hanging("  mend:  ", mend.advice, columns),
    ...hanging("  ", requirements.join(", "), columns).map((line) => paint("dim", line)),
  ];
}

function section(title: string, findings: readonly Finding[], { paint, columns }: Page): string[] {
  if (findings.length === 0) return [];
  const lines = findings.flatMap(({ id, title: what, evidence }) => [
    `  ${what}  ${paint("dim", id)}`,
    ...hanging("    ", printable(evidence, 300), columns),
  ]);
  return ["", paint("bold", title), ...lines];
}

/** A text behind a label, its further lines below its first. */
function hanging(label: string, text: string, columns: number): string[] {
  const indent = " ".repeat(label.length);
  return wrap(text, columns - label.length).map((line, index) => `${index === 0 ? label : indent}${line}`);
}

const severityStyle: { readonly [S in Severity]: Parameters<Paint>[0] } = {
  critical: "red",
  high: "red",
  medium: "yellow",
  low: "cyan",
  info: "dim",
};

function gradeStyle({ grade }: ScanReport): Parameters<Paint>[0] {
  if (grade === null || grade === "B" || grade === "C") return "yellow";
  return grade.startsWith("A") ? "green" : "red";
}

import type { Finding } from "../finding.ts";
import type { ScanReport } from "../scan.ts";
import { printable } from "./printable.ts";
import { countsInWords, mendings, summarise } from "./summary.ts";

/** The reports as Markdown, for a pull request or a wiki. */
export function markdownReport(reports: readonly ScanReport[]): string {
  return `${reports.map(targetReport).join("\n\n")}\n`;
}

function targetReport(report: ScanReport): string {
  const summary = summarise(report);
  const { faults, errors, remarks, passed, skipped } = summary;
  const figures = `${passed.length} passed, ${skipped.length} skipped`;
  const blocks = [
    `# ${report.grade ?? "Not graded"}: ${inline(report.target)}`,
    `${countsInWords(summary)}; ${figures}; ${new Date(report.startedAt).toISOString()}`,
    ...faults.map(faultBlock),
    ...listBlock("Could not be checked", errors),
    ...listBlock("Worth knowing", remarks),
    ...listBlock("Passed", passed),
  ];
  return blocks.join("\n\n");
}

function faultBlock({ id, title, severity, evidence, why, requirements, mend }: Finding): string {
  const snippets = mendings(mend).map(({ name, snippet }) => `${name}:\n\n${fenced(snippet)}`);
  return [
    `## ${severity.toUpperCase()}: ${title} (${id})`,
    `Found: ${inline(evidence)}`,
    why,
    `Mend: ${mend.advice}`,
    ...snippets,
    requirements.join(", "),
  ].join("\n\n");
}

function listBlock(title: string, findings: readonly Finding[]): string[] {
  if (findings.length === 0) return [];
  return [
    `## ${title}`,
    findings.map(({ id, title: what, evidence }) => `- ${what} (${id}): ${inline(evidence)}`).join("\n"),
  ];
}

/** Strangers' text as code in a line: nothing in it is a link, an image, HTML or the end of the code. */
function inline(text: string): string {
  const shown = printable(text).replaceAll("`", "ˋ").trim();
  return shown === "" ? "–" : `\`${shown}\``;
}

/** Our own snippets, which have lines of their own. */
function fenced(snippet: string): string {
  return `\`\`\`\n${snippet}\n\`\`\``;
}

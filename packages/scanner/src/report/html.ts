import { createHash } from "node:crypto";
import type { Finding, Severity } from "../finding.ts";
import type { ScanReport } from "../scan.ts";
import { htmlStyle } from "./html-style.ts";
import { escapeMarkup, markupText } from "./markup-text.ts";
import { countsInWords, mendings, summarise } from "./summary.ts";

/**
 * The reports as one page that needs nothing else and runs nothing: its policy allows one style, by its hash, and no
 * script, image or request.
 */
export function htmlReport(reports: readonly ScanReport[]): string {
  const hash = createHash("sha256").update(htmlStyle).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const [only] = reports;
  const title =
    reports.length === 1 && only !== undefined ? `${gradeOf(only)} · ${only.target}` : `${reports.length} targets`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${markupText(title)} · wardwire check</title>
<style>${htmlStyle}</style>
</head>
<body>
<main>
${reports.map(targetSection).join("\n")}
</main>
</body>
</html>
`;
}

function targetSection(report: ScanReport): string {
  const summary = summarise(report);
  const { faults, errors, remarks, passed, skipped } = summary;
  const { target, protocol, startedAt, durationMs } = report;
  const figures = [
    ...(protocol === null ? [] : [markupText(protocol)]),
    `${passed.length} passed`,
    `${skipped.length} skipped`,
    `${(durationMs / 1_000).toFixed(1)} s`,
    `<time>${new Date(startedAt).toISOString()}</time>`,
  ];
  return `<section class="target">
<div class="head">
<p class="grade ${gradeTone(report)}"><span aria-hidden="true">${report.grade ?? "–"}</span></p>
<div>
<h1>${gradeOf(report)}: ${markupText(target)}</h1>
<p>${countsInWords(summary)}</p>
<p class="quiet">${figures.join(" · ")}</p>
</div>
</div>
${faults.map(faultArticle).join("\n")}
${openList("Could not be checked", errors)}
${openList("Worth knowing", remarks)}
${foldedList("Passed", passed)}
${foldedList("Skipped", skipped)}
</section>`;
}

function faultArticle({ id, title, severity, status, evidence, sent, why, requirements, mend }: Finding): string {
  const certainty = status === "warn" ? " (probably)" : "";
  const snippets = mendings(mend).map(
    ({ name, snippet }) => `<details><summary>For ${name}</summary><pre>${escapeMarkup(snippet)}</pre></details>`,
  );
  return `<article class="fault ${severityTone[severity]}">
<p class="severity">${severity.toUpperCase()}${certainty}</p>
<h2>${markupText(title)}</h2>
<p>Found: <code>${markupText(evidence)}</code></p>
${sent === "" ? "" : `<p>Sent: <code>${markupText(sent)}</code></p>`}
<p>${markupText(why)}</p>
<p>Mend: ${markupText(mend.advice)}</p>
${snippets.join("\n")}
<p class="quiet">${markupText([id, ...requirements].join(", "))}</p>
</article>`;
}

function openList(title: string, findings: readonly Finding[]): string {
  return findings.length === 0 ? "" : `<h2>${title}</h2>\n${list(findings)}`;
}

function foldedList(title: string, findings: readonly Finding[]): string {
  if (findings.length === 0) return "";
  return `<details><summary>${title}: ${findings.length}</summary>\n${list(findings)}</details>`;
}

function list(findings: readonly Finding[]): string {
  const items = findings.map(
    ({ id, title, evidence }) =>
      `<li>${markupText(title)} <span class="quiet">${markupText(id)}</span><br><code>${markupText(evidence)}</code></li>`,
  );
  return `<ul>\n${items.join("\n")}\n</ul>`;
}

function gradeOf({ grade }: ScanReport): string {
  return grade === null ? "Not graded" : `Grade ${grade}`;
}

type Tone = "good" | "fair" | "bad" | "calm";

function gradeTone({ grade }: ScanReport): Tone {
  if (grade === null || grade === "B" || grade === "C") return "fair";
  return grade.startsWith("A") ? "good" : "bad";
}

const severityTone: { readonly [S in Severity]: Tone } = {
  critical: "bad",
  high: "bad",
  medium: "fair",
  low: "calm",
  info: "calm",
};

import { type Finding, isFault } from "../finding.ts";
import type { ScanReport } from "../scan.ts";
import { markupText } from "./markup-text.ts";

/**
 * The reports as JUnit XML: a suite for each target, a case for each check. A fault is a failure, what could not be
 * carried out an error, so that a CI server shows both.
 */
export function junitReport(reports: readonly ScanReport[]): string {
  const findings = reports.flatMap((report) => report.findings);
  const suites = reports.map(suite);
  const head = `<testsuites name="wardwire check" ${countsOf(findings)}>`;
  return ['<?xml version="1.0" encoding="UTF-8"?>', head, ...suites, "</testsuites>", ""].join("\n");
}

function suite({ target, startedAt, durationMs, findings }: ScanReport): string {
  const timestamp = new Date(startedAt).toISOString().slice(0, 19);
  const time = (durationMs / 1_000).toFixed(3);
  const head = `  <testsuite name="${markupText(target)}" ${countsOf(findings)} time="${time}" timestamp="${timestamp}">`;
  return [head, ...findings.map(testCase), "  </testsuite>"].join("\n");
}

function testCase(finding: Finding): string {
  const { id, title } = finding;
  const head = `    <testcase classname="${markupText(id)}" name="${markupText(title)}"`;
  const outcome = outcomeOf(finding);
  return outcome === undefined ? `${head}/>` : `${head}>${outcome}</testcase>`;
}

function outcomeOf({ status, severity, evidence, sent, mend }: Finding): string | undefined {
  const found = markupText(evidence);
  switch (status) {
    case "fail":
    case "warn": {
      const text = [`found: ${found}`, `sent: ${markupText(sent)}`, `mend: ${markupText(mend.advice)}`].join("\n");
      return `<failure type="${severity}" message="${found}">${text}</failure>`;
    }
    case "error":
      return `<error message="${found}"/>`;
    case "skipped":
      return `<skipped message="${found}"/>`;
    case "pass":
    case "info":
      return undefined;
    default:
      return status satisfies never;
  }
}

function countsOf(findings: readonly Finding[]): string {
  const failures = findings.filter((finding) => isFault(finding, "info")).length;
  const of = (status: Finding["status"]): number => findings.filter((finding) => finding.status === status).length;
  return `tests="${findings.length}" failures="${failures}" errors="${of("error")}" skipped="${of("skipped")}"`;
}

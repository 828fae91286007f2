import { createHash } from "node:crypto";
import { SarifBuilder, SarifResultBuilder, SarifRuleBuilder, SarifRunBuilder } from "node-sarif-builder";
import { type Finding, isFault, type Severity } from "../finding.ts";
import type { ScanReport } from "../scan.ts";
import { printable } from "./printable.ts";
import { mendings } from "./summary.ts";

/**
 * The reports as one SARIF 2.1.0 log, a run for each target: a rule for every check, a result for every fault. Code
 * scanning of GitHub and others read it.
 *
 * @param version of this program.
 */
export function sarifReport(reports: readonly ScanReport[], version: string): string {
  const log = new SarifBuilder();
  for (const report of reports) log.addRun(runOf(report, version));
  // Its own text form refuses whatever contains a word of its own, which a stranger could have written into evidence.
  return `${JSON.stringify(log.buildSarifOutput(), null, 2)}\n`;
}

/** SARIF knows three levels. */
const levels = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
  info: "note",
} as const satisfies Record<Severity, string>;

/** The middles of CVSS 3.1's bands, which code scanning sorts by. */
const scores: { readonly [S in Severity]: string } = {
  critical: "9.5",
  high: "8.0",
  medium: "5.5",
  low: "2.0",
  info: "0.0",
};

function runOf({ target, grade, protocol, startedAt, durationMs, complete, findings }: ScanReport, version: string) {
  const run = new SarifRunBuilder({
    automationDetails: { id: `wardwire/${printable(target)}/` },
    invocations: [
      {
        executionSuccessful: complete,
        startTimeUtc: new Date(startedAt).toISOString(),
        endTimeUtc: new Date(startedAt + durationMs).toISOString(),
      },
    ],
    properties: { grade, protocol },
  });
  run.setToolDriverName("wardwire check");
  run.setToolDriverVersion(version);
  for (const finding of findings) run.addRule(ruleOf(finding));
  for (const finding of findings.filter((each) => isFault(each, "info"))) run.addResult(resultOf(finding, target));
  return run;
}

function ruleOf({ id, title, why, mend, requirements, severity }: Finding): SarifRuleBuilder {
  const text = [why, `Mend: ${mend.advice}`, ...mendings(mend).map(({ name, snippet }) => `${name}:\n${snippet}`)];
  return new SarifRuleBuilder({
    id,
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: { text: text.join("\n\n") },
    properties: { tags: ["security", ...requirements], "security-severity": scores[severity] },
  });
}

function resultOf({ id, status, severity, evidence, sent }: Finding, target: string): SarifResultBuilder {
  const certainty = status === "warn" ? "Probably: " : "";
  const result = new SarifResultBuilder({
    // The same fault of the same target is the same result next time, whatever words its evidence has then.
    partialFingerprints: { "wardwire/v1": createHash("sha256").update(`${target}\n${id}`).digest("hex") },
    properties: { status, severity, sent: printable(sent) },
  });
  result.setLevel(levels[severity]);
  result.setRuleId(id);
  result.setMessageText(`${certainty}${printable(evidence)}`);
  result.setLocationArtifactUri({ uri: encodeURI(target) });
  return result;
}

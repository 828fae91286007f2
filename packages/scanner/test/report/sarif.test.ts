import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv } from "ajv";
import { default as addFormats } from "ajv-formats";
import { sarifReport } from "../../src/report/sarif.ts";
import { hostileEvidence, sampleFinding, sampleReport } from "./sample-report.ts";

/** Written for draft 4 of JSON Schema; nothing in it means anything else in draft 7, which ajv reads. */
const {
  $schema: _draft4,
  id: _id,
  ...schema
} = JSON.parse(readFileSync(new URL("./fixtures/sarif-schema-2.1.0.json", import.meta.url), "utf8"));
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
const isSarif = ajv.compile(schema);

test("is valid SARIF 2.1.0, also with several targets and with none", () => {
  for (const reports of [[], [sampleReport()], [sampleReport(), sampleReport({ target: "wss://other.example/" })]]) {
    const log: unknown = JSON.parse(sarifReport(reports, "0.1.0"));
    assert.ok(isSarif(log), ajv.errorsText(isSarif.errors));
  }
});

test("the validation notices what is no SARIF", () => {
  const log = JSON.parse(sarifReport([sampleReport()], "0.1.0"));
  log.runs[0].results[0].level = "terrible";
  assert.equal(isSarif(log), false);
});

test("has a rule for every check, and a result with its level for every fault and nothing else", () => {
  const { runs } = JSON.parse(sarifReport([sampleReport()], "0.1.0"));
  const [run] = runs;
  assert.equal(run.tool.driver.rules.length, sampleReport().findings.length);
  assert.deepEqual(
    run.results.map(({ ruleId, level }: { ruleId: string; level: string }) => [ruleId, level]),
    [
      ["WW-ORIGIN-01", "error"],
      ["WW-LIMIT-01", "warning"],
    ],
  );
  assert.equal(run.results[0].locations[0].physicalLocation.artifactLocation.uri, "wss://chat.example/ws");
  assert.equal(run.tool.driver.rules[0].properties["security-severity"], "8.0");
});

test("recognises the same fault of the same target again, whatever its words", () => {
  const fingerprint = (evidence: string, target = "wss://chat.example/ws"): string => {
    const report = sampleReport({ target, findings: [sampleFinding("fail", { evidence })] });
    return JSON.parse(sarifReport([report], "0.1.0")).runs[0].results[0].partialFingerprints["wardwire/v1"];
  };
  assert.equal(fingerprint("one"), fingerprint("two"));
  assert.notEqual(fingerprint("one"), fingerprint("one", "wss://other.example/"));
});

test("carries hostile evidence as printable text", () => {
  const [run] = JSON.parse(sarifReport([sampleReport()], "0.1.0")).runs;
  const { text } = run.results[0].message;
  assert.doesNotMatch(text, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  assert.match(text, /SARIF_BUILDER_INVALID/);
  assert.ok(hostileEvidence.includes("\u001b"), "the evidence is hostile");
});

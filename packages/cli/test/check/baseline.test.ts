import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { ScanReport } from "@wardwire/scanner";
import type { Finding, Severity } from "@wardwire/scanner/finding";
import { readBaseline, writeBaseline } from "../../src/check/baseline.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const finding = (id: string, severity: Severity, status: Finding["status"] = "fail"): Finding => ({
  ...{ id, severity, status, title: "", requirements: [], sent: "", evidence: "", why: "", mend: { advice: "" } },
});

const report = (findings: readonly Finding[]): ScanReport => ({
  ...{ target: "wss://a/", grade: "D", protocol: null, startedAt: 0, durationMs: 0, complete: true, findings },
});

describe("a baseline", () => {
  it("knows the faults it was written with, lighter ones too, and no heavier or other ones", () => {
    using folder = temporaryFolder();
    const file = folder.at("known.json");
    writeBaseline(file, [report([finding("WW-A-01", "medium"), finding("WW-A-02", "high", "pass")])]);
    const { knows } = readBaseline(file);
    assert.equal(knows("wss://a/", finding("WW-A-01", "medium")), true);
    assert.equal(knows("wss://a/", finding("WW-A-01", "low")), true);
    assert.equal(knows("wss://a/", finding("WW-A-01", "high")), false);
    assert.equal(knows("wss://b/", finding("WW-A-01", "medium")), false);
    assert.equal(knows("wss://a/", finding("WW-A-02", "high")), false);
  });

  it("is refused when it is missing or something else", () => {
    using folder = temporaryFolder();
    assert.throws(() => readBaseline(folder.at("none")), { code: "configuration", message: /ENOENT.*--baseline/ });
    for (const text of ["", "{}", '{"version":2,"known":[]}', '{"version":1,"known":[{"id":"x"}]}']) {
      writeFileSync(folder.at("other"), text);
      assert.throws(() => readBaseline(folder.at("other")), { code: "configuration", message: /--baseline/ });
    }
    assert.throws(() => writeBaseline(folder.at("no/such"), []), {
      code: "configuration",
      message: /--write-baseline/,
    });
  });
});

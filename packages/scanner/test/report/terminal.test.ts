import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { terminalReport } from "../../src/report/terminal.ts";
import { wrap } from "../../src/report/wrap.ts";
import { sampleFinding, sampleReport } from "./sample-report.ts";

describe("the terminal's report", () => {
  test("begins with the mark and ends with what is worth knowing; faults come heaviest first", () => {
    const light = sampleFinding("fail", { id: "WW-LIGHT-01", severity: "low" });
    const lines = terminalReport(sampleReport({ findings: [light, ...sampleReport().findings] }));
    assert.match(lines[0] ?? "", /^Grade D {2}wss:\/\/chat\.example\/ws {2}Socket\.IO$/);
    assert.equal(lines[1], "1 high, 1 medium, 1 low; 1 passed, 1 skipped, 1.2 s");
    const faults = lines.filter((line) => line.startsWith("✗"));
    assert.deepEqual(
      faults.map((line) => line.split("  ")[0]),
      ["✗ HIGH", "✗ MEDIUM", "✗ LOW"],
    );
    assert.ok(lines.includes("Worth knowing"));
  });

  test("keeps to the width of the terminal", () => {
    const findings = [sampleFinding("fail", { evidence: "word ".repeat(80) })];
    for (const columns of [40, 72, 120]) {
      const widest = Math.max(...terminalReport(sampleReport({ findings }), { columns }).map((line) => line.length));
      assert.ok(widest <= Math.max(columns, 60), `${widest} of ${columns}`);
    }
  });

  test("carries out nothing that a target wrote (R53)", () => {
    assert.doesNotMatch(terminalReport(sampleReport()).join(""), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  test("says so when there is no mark", () => {
    assert.match(terminalReport(sampleReport({ grade: null })).join("\n"), /^Grade –.*\n.*\nNot graded: /);
  });

  test("shows what passed and what was left out when asked", () => {
    const lines = terminalReport(sampleReport(), { all: true });
    assert.ok(lines.includes("Passed") && lines.includes("Skipped"));
  });
});

test("wrap breaks at spaces and leaves long words whole", () => {
  assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrap("a reallylongword b", 5), ["a", "reallylongword", "b"]);
  assert.deepEqual(wrap("", 5), [""]);
});

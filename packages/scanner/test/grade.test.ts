import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Finding, Severity, Status } from "../src/finding.ts";
import { gradeOf } from "../src/grade.ts";

const finding = (severity: Severity, status: Status = "fail"): Finding => ({
  id: "WW-TEST-01",
  title: "A test",
  status,
  severity,
  requirements: [],
  sent: "",
  evidence: "",
  why: "",
  mend: { advice: "" },
});
const times = (count: number, severity: Severity): Finding[] => Array.from({ length: count }, () => finding(severity));

describe("gradeOf() follows the published rubric:", () => {
  const rows: readonly (readonly [string, readonly Finding[], string])[] = [
    ["nothing", [], "A+"],
    ["information", [finding("info"), finding("info", "info")], "A+"],
    [
      "passed, skipped and failed to run",
      [finding("high", "pass"), finding("high", "skipped"), finding("high", "error")],
      "A+",
    ],
    ["3 low", times(3, "low"), "A"],
    ["4 low", times(4, "low"), "B"],
    ["1 medium", times(1, "medium"), "B"],
    ["2 medium", times(2, "medium"), "C"],
    ["1 high", times(1, "high"), "D"],
    ["1 high and many others", [...times(1, "high"), ...times(9, "medium")], "D"],
    ["2 high", times(2, "high"), "E"],
    ["1 critical", times(1, "critical"), "F"],
    ["a warning, which counts like a fault", [finding("medium", "warn")], "B"],
  ];
  for (const [what, findings, grade] of rows) {
    test(`${what}: ${grade}`, () => assert.equal(gradeOf(findings), grade));
  }
});

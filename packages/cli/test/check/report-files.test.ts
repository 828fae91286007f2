import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { writeReports } from "../../src/check/report-files.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const report = {
  target: "wss://chat.example/ws",
  grade: "A+",
  protocol: null,
  startedAt: 0,
  durationMs: 1,
  complete: true,
  findings: [],
} as const;

test("writes what is asked for, each format in its file, and nothing else", () => {
  using folder = temporaryFolder();
  writeReports({ sarif: folder.at("a.sarif"), html: folder.at("a.html") }, [report]);
  assert.deepEqual(readdirSync(folder.path).toSorted(), ["a.html", "a.sarif"]);
  assert.match(readFileSync(folder.at("a.html"), "utf8"), /^<!doctype html>/);
  const { version, runs } = JSON.parse(readFileSync(folder.at("a.sarif"), "utf8"));
  assert.deepEqual([version, runs[0].tool.driver.name], ["2.1.0", "wardwire check"]);
  writeReports({ junit: folder.at("a.xml"), md: folder.at("a.md") }, [report]);
  assert.match(readFileSync(folder.at("a.xml"), "utf8"), /^<\?xml/);
  assert.match(readFileSync(folder.at("a.md"), "utf8"), /^# A\+: `wss:/);
});

test("a file that cannot be written is one clear error, and leaves nothing behind (3)", () => {
  using folder = temporaryFolder();
  const file = folder.at("none/report.html");
  assert.throws(() => writeReports({ html: file }, [report]), {
    code: "configuration",
    message: `cannot write ${file} (ENOENT); check --html`,
  });
  assert.deepEqual(readdirSync(folder.path), []);
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { htmlReport } from "../../src/report/html.ts";
import { junitReport } from "../../src/report/junit.ts";
import { markdownReport } from "../../src/report/markdown.ts";
import { hostileEvidence, sampleFinding, sampleReport } from "./sample-report.ts";

const formats = { HTML: htmlReport, JUnit: junitReport, Markdown: markdownReport };

for (const [name, render] of Object.entries(formats)) {
  describe(name, () => {
    test("shows every fault of every target, with what mends it", () => {
      const second = sampleReport({
        target: "wss://other.example/",
        findings: [sampleFinding("fail", { id: "WW-X-9" })],
      });
      const text = render([sampleReport(), second]);
      for (const word of ["WW-ORIGIN-01", "WW-LIMIT-01", "WW-X-9", "Compare the whole origin", "other.example"]) {
        assert.ok(text.includes(word), word);
      }
    });

    test("has no control characters, line separators or direction overrides of a stranger", () => {
      const unprintable = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
      assert.match(hostileEvidence, unprintable);
      assert.doesNotMatch(render([sampleReport()]), unprintable);
    });

    test("renders no report at all", () => assert.equal(typeof render([]), "string"));
  });
}

test("HTML has no markup of a stranger, no script, and a policy that allows its one style only", () => {
  const html = htmlReport([sampleReport()]);
  assert.doesNotMatch(html, /<script|<img|<svg|javascript:/i);
  assert.match(
    html,
    /content="default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'none'"/,
  );
  assert.match(html, /&lt;script&gt;/);
});

test("HTML keeps the lines of our own snippets", () => {
  assert.match(htmlReport([sampleReport()]), /<pre>if \(a &lt; b\) \{\n {2}close\(\);\n\}<\/pre>/);
});

test("JUnit counts, and is well-formed whatever the evidence", () => {
  const xml = junitReport([sampleReport()]);
  assert.match(xml, /<testsuites name="wardwire check" tests="6" failures="2" errors="1" skipped="1">/);
  assert.doesNotMatch(xml, /<!|]]>/);
  const names = [...xml.matchAll(/<(\/?)([a-z]+)([^>]*?)(\/?)>/g)];
  const open: string[] = [];
  for (const [, closes, name = "", , selfCloses] of names) {
    if (closes === "/") assert.equal(open.pop(), name);
    else if (selfCloses !== "/") open.push(name);
  }
  assert.deepEqual(open, []);
});

test("Markdown has strangers' text in code only, which it cannot end", () => {
  const lines = markdownReport([sampleReport()]).split("\n");
  const found = lines.filter((line) => line.includes("evil.example") || line.includes("<script>"));
  assert.notEqual(found.length, 0);
  for (const line of found) assert.match(line, /^(Found: |- [^`]*)`[^`]*`$/);
});

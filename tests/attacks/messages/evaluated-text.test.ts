import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { grantsAllow, parseGrants } from "@wardwire/gateway/grants";
import { repositoryFiles, repositoryRoot } from "../../../tools/repository-files.ts";
import { withoutComments } from "../../architecture/imports.ts";

/** Everything by which text can become code: what it is, and how it stands in a source. */
const evaluations: readonly (readonly [what: string, pattern: RegExp, planted: string])[] = [
  ["eval", /(?<![\w.$])eval\s*\(|\bglobalThis\s*\.\s*eval\b|\(\s*0\s*,\s*eval\s*\)/, "const x = eval(selector);"],
  ["an indirect eval", /\(\s*0\s*,\s*eval\s*\)|=\s*eval\b/, "const run = eval;"],
  ["the Function constructor", /(?<![\w.$])(?:new\s+)?Function\s*\(/, 'const f = new Function("m", selector);'],
  ["a constructor's constructor", /\.constructor\s*\(|\.constructor\.constructor/, 'f.constructor("return 1")();'],
  ["vm", /["'`](?:node:)?vm["'`]/, 'import { runInNewContext } from "node:vm";'],
  ["a timer that is given text", /\bset(?:Timeout|Interval)\s*\(\s*["'`]/, 'setTimeout("run()", 1);'],
  [
    "a script made of text",
    /data:text\/javascript|createObjectURL\s*\(/,
    'await import("data:text/javascript," + text);',
  ],
];

const shipped = repositoryFiles().filter((path) =>
  /^(packages|apps)\/[^/]+\/src\/.*\.tsx?$|^contracts\/[^/]+\.ts$/.test(path),
);

function evaluationsIn(source: string): string[] {
  const code = withoutComments(source);
  return evaluations.filter(([, pattern]) => pattern.test(code)).map(([what]) => what);
}

describe("attack 21: text of a stranger that is evaluated", () => {
  test("attack 21: nothing that is shipped can make code of text (CVE-2018-1270)", () => {
    assert.ok(shipped.length > 200, `${shipped.length} files`);
    const found = shipped.flatMap((path) =>
      evaluationsIn(readFileSync(join(repositoryRoot, path), "utf8")).map((what) => `${path}: ${what}`),
    );
    assert.deepEqual(found, []);
  });

  for (const [what, , planted] of evaluations) {
    test(`negative control: the same search finds ${what}`, () => {
      assert.ok(evaluationsIn(`const a = 1;\n${planted}\n`).includes(what));
    });
  }

  test("the search finds nothing in what only looks alike", () => {
    const harmless = '// eval(x)\nevaluate(x); interface F extends Function {} x.eval; retrieval(x); "the vm module";';
    assert.deepEqual(evaluationsIn(harmless), []);
  });

  test("attack 21: the one language of patterns, that of grants, is compared and not evaluated (CVE-2018-1270, R43)", () => {
    const allows = (pattern: string, roomId: string) =>
      grantsAllow(parseGrants([`room:roomId=${pattern}=join`]), "join", { channel: "room", params: { roomId } });
    for (const pattern of ["T(java.lang.Runtime)", "(()=>true)()", "#{true}", "t.a", "tea|x", "[a-z]+"]) {
      assert.equal(allows(pattern, "tea"), false, pattern);
      assert.equal(allows(pattern, pattern), true, pattern);
    }
    assert.equal(allows("te*", "tea"), true);
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { ignoreRule, repositoryFiles } from "../repository-files.ts";
import { runsAlone, testFiles } from "../test-files.ts";

test("finds the repository's own files and nothing that is installed or generated", () => {
  const files = repositoryFiles();
  assert.ok(files.includes("package.json"));
  assert.ok(files.includes("tools/repository-files.ts"));
  for (const file of files) assert.doesNotMatch(file, /(^|\/)(node_modules|dist|\.git|\.wardwire)\/|\.tsbuildinfo$/);
});

test("understands folders and endings in .gitignore", () => {
  const isIgnored = ignoreRule("# generated\nout/\n\n*.log\n");
  assert.deepEqual(
    [isIgnored("out", true), isIgnored("out", false), isIgnored("a.log", false), isIgnored("a.ts", false)],
    [true, false, true, false],
  );
  assert.ok(isIgnored(".git", true));
});

for (const rule of ["!kept.log", "/anchored/", "a/b/", "**/deep/", "name?.txt"]) {
  test(`refuses the .gitignore form ${rule}, which it does not understand`, () => {
    assert.throws(() => ignoreRule(rule), /teach ignoreRule/);
  });
}

test("sorts every test file into exactly one group", () => {
  const files = ["packages/a/test/a.test.ts", "tests/architecture/b.test.ts", "tests/attacks/c.test.ts", "tools/d.ts"];
  assert.deepEqual(testFiles(files), {
    unit: ["packages/a/test/a.test.ts"],
    repository: ["tests/architecture/b.test.ts"],
    system: ["tests/attacks/c.test.ts"],
  });
});

test("runs the tests that measure times alone, and no other", () => {
  const alone = repositoryFiles().filter(runsAlone);
  assert.deepEqual(alone.toSorted(), [
    "tests/attacks/hostile-fleet.test.ts",
    "tests/end-to-end/admin/revoke-many.test.ts",
    "tests/faults/reconnect-storm.test.ts",
    "tests/faults/slow-consumers.test.ts",
    "tests/faults/sqlite-event-loop.test.ts",
    "tests/sealed/flood.test.ts",
    "tests/sealed/rotation.test.ts",
  ]);
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { repositoryFiles, repositoryRoot } from "../../tools/repository-files.ts";
import { type ShapedFile, shapeFaults } from "./source-shape.ts";

test("every source file is small, well named and no barrel", () => {
  const paths = repositoryFiles().filter((path) => /\.tsx?$/.test(path));
  const files = paths.map((path) => ({ path, source: readFileSync(join(repositoryRoot, path), "utf8") }));
  assert.notEqual(files.length, 0);
  assert.deepEqual(shapeFaults(files), []);
});

describe("the shape checker reports", () => {
  const lines = (count: number): string => "x;\n".repeat(count);
  const bad: readonly [string, readonly ShapedFile[], RegExp][] = [
    ["a source file of 401 lines", [{ path: "packages/a/src/b.ts", source: lines(401) }], /401 lines; 400/],
    ["a test file of 601 lines", [{ path: "packages/a/test/b.test.ts", source: lines(601) }], /601 lines; 600/],
    ["a dumping ground", [{ path: "packages/a/src/utils.ts", source: "x;" }], /says nothing/],
    ["a folder that is a dumping ground", [{ path: "packages/a/src/common/b.ts", source: "x;" }], /says nothing/],
    ["a name in camel case", [{ path: "packages/a/src/fanOut.ts", source: "x;" }], /not kebab-case/],
    [
      "a barrel",
      [{ path: "packages/a/src/b.ts", source: 'export * from "./c.ts";\n// all\nexport { d } from "./d.ts";' }],
      /re-exports/,
    ],
    [
      "a crowded folder",
      Array.from({ length: 15 }, (_, index) => ({ path: `packages/a/src/b${index}.ts`, source: "x;" })),
      /15 files; 14/,
    ],
  ];
  for (const [what, files, message] of bad) {
    test(what, () => {
      const faults = shapeFaults(files);
      assert.equal(faults.length, 1, faults.join("\n"));
      assert.match(faults[0] ?? "", message);
    });
  }

  test("nothing about a file at the bounds", () => {
    const files = [
      { path: "packages/a/src/fan-out.ts", source: lines(400) },
      { path: "contracts/demo.contract.ts", source: 'export * from "./c.ts";\nexport const d = 1;' },
    ];
    assert.deepEqual(shapeFaults(files), []);
  });
});

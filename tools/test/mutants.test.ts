import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { type Mutant, mutate } from "../mutants/mutant.ts";
import { runMutants } from "../mutants/run-mutants.ts";
import { mutants } from "../mutants/table.ts";
import { repositoryRoot } from "../repository-files.ts";

const source = "export function isSmall(size: number): boolean {\n  return size <= 10;\n}\n";
const sample: Mutant = {
  name: "size-bound",
  file: "packages/bound/src/bound.ts",
  find: "size <= 10",
  replace: "true",
  tests: ["packages/bound/test/bound.test.ts"],
  rule: "SAMPLE-1",
};

describe("mutate", () => {
  test("replaces the text it finds once", () => {
    assert.equal(mutate(sample, source), source.replace("size <= 10", "true"));
  });

  const unfit: readonly [string, Partial<Mutant>, RegExp][] = [
    ["text that is not there", { find: "size < 10" }, /0 times/],
    ["text that stands twice", { find: "size" }, /2 times/],
    ["a change over two lines", { replace: "true\n" }, /more than one line/],
    ["a change that changes nothing", { replace: "size <= 10" }, /changes nothing/],
  ];
  for (const [what, change, message] of unfit) {
    test(`refuses ${what}`, () => assert.throws(() => mutate({ ...sample, ...change }, source), message));
  }
});

describe("runMutants", () => {
  test("tells killed, survived and broken mutants apart, across a package boundary", async () => {
    await withRepository({}, async (root) => {
      const results = await runMutants(
        root,
        [
          sample,
          { ...sample, name: "unguarded", find: "size <= 10", replace: "size <= 11" },
          { ...sample, name: "does-not-parse", find: "size <= 10", replace: "size <=" },
          { ...sample, name: "does-not-load", find: "isSmall", replace: "isTiny" },
        ],
        () => {},
      );
      const fates = Object.fromEntries(results.map(({ name, fate }) => [name, fate]));
      assert.deepEqual(fates, {
        "size-bound": "killed",
        unguarded: "SURVIVED",
        "does-not-parse": "BROKEN",
        "does-not-load": "BROKEN",
      });
    });
  });

  test("refuses to start when a named test is red without any mutant", async () => {
    await withRepository({ "packages/bound/src/bound.ts": source.replace("10", "9") }, async (root) => {
      const unmutated = { ...sample, find: "size <= 9" };
      await assert.rejects(
        runMutants(root, [unmutated], () => {}),
        /without any mutant these fail already: takes ten/,
      );
    });
  });
});

describe("the table", () => {
  test("names each mutant once, in kebab-case", () => {
    const names = mutants.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)+$/);
  });

  test("names no wire rule that the specification lacks", () => {
    const spec = readFileSync(join(repositoryRoot, "spec/wire-protocol.md"), "utf8");
    const wireRules = mutants.map(({ rule }) => rule).filter((rule) => rule.startsWith("WP-"));
    assert.deepEqual(
      wireRules.filter((rule) => !spec.includes(`**${rule}**`)),
      [],
    );
  });

  test("holds at least fifteen", () => assert.ok(mutants.length >= 15, `${mutants.length} mutants`));
});

/** A repository of one package with one test; `changes` replace files of it. */
async function withRepository(
  changes: Readonly<Record<string, string>>,
  use: (root: string) => Promise<void>,
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "wardwire-sample-"));
  const manifest = {
    name: "@wardwire/bound",
    type: "module",
    exports: { ".": { "@wardwire/source": "./src/bound.ts" } },
  };
  const files: Record<string, string> = {
    ".gitignore": "node_modules/\n",
    "package.json": '{ "type": "module" }',
    "packages/bound/package.json": JSON.stringify(manifest),
    "packages/bound/src/bound.ts": source,
    "packages/bound/test/bound.test.ts": `
      import assert from "node:assert/strict";
      import { test } from "node:test";
      import { isSmall } from "@wardwire/bound";
      test("takes ten", () => assert.equal(isSmall(10), true));
      test("refuses twelve", () => assert.equal(isSmall(12), false));
    `,
    ...changes,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  try {
    await use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

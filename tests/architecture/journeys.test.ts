import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { repositoryFiles, repositoryRoot } from "../../tools/repository-files.ts";
import { pathsNamedIn } from "./named-paths.ts";

describe("paths named in documents", () => {
  for (const document of repositoryFiles().filter((path) => path.endsWith(".md"))) {
    test(`exist: ${document}`, () => {
      const named = pathsNamedIn(readFileSync(join(repositoryRoot, document), "utf8"));
      const missing = named.filter((path) => !existsSync(join(repositoryRoot, path)));
      assert.deepEqual(missing, []);
    });
  }

  test("ARCHITECTURE.md draws its journeys through files of packages/", () => {
    const named = pathsNamedIn(readFileSync(join(repositoryRoot, "ARCHITECTURE.md"), "utf8"));
    const files = named.filter((path) => /^packages\/.*\.ts$/.test(path));
    assert.ok(files.length >= 10, `only ${files.length} source files are named`);
  });
});

describe("the path reader", () => {
  const forms: readonly [string, string, readonly string[]][] = [
    ["a path between backticks", "see `packages/a/src/b.ts`.", ["packages/a/src/b.ts"]],
    ["a folder", "in `docs/adr/`", ["docs/adr/"]],
    ["a path with a heading or a line", "`docs/errors.md#codes` `tools/a.ts:12`", ["docs/errors.md", "tools/a.ts"]],
    [
      "paths in a code block",
      "```\n1  packages/a/src/b.ts  → contracts/c.ts\n```",
      ["packages/a/src/b.ts", "contracts/c.ts"],
    ],
    ["a link's target", "[the map](spec/wire-protocol.md)", ["spec/wire-protocol.md"]],
    ["a path named twice once", "`tests/a` and `tests/a`", ["tests/a"]],
    ["no pattern", "`packages/*/test` and `docs/adr/NNNN-name.md` and `packages/<name>`", []],
    ["no address and no package", "`@wardwire/wire`, https://a.example/docs/x", []],
  ];
  for (const [what, text, expected] of forms) {
    test(`reads ${what}`, () => assert.deepEqual(pathsNamedIn(text), expected));
  }
});

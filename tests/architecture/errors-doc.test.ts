import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { closeCodes } from "@wardwire/wire/close-codes";
import { repositoryFiles, repositoryRoot } from "../../tools/repository-files.ts";
import { codeUnions } from "./code-unions.ts";

/** The cells of each table of docs/errors.md, by the type its heading names. */
function tablesOf(markdown: string): Map<string, string[][]> {
  const sections = markdown.split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => {
      const name = section.match(/^.*\(`(\w+)`\)/)?.[1] ?? section.split("\n", 1)[0] ?? "";
      const rows = section.split("\n").filter((line) => line.startsWith("| `"));
      return [
        name,
        rows.map((row) =>
          row
            .split("|")
            .slice(1, -1)
            .map((cell) => cell.trim().replaceAll("`", "")),
        ),
      ];
    }),
  );
}

const read = (path: string): string => readFileSync(join(repositoryRoot, path), "utf8");
const tables = tablesOf(read("docs/errors.md"));
const unions = codeUnions(
  repositoryFiles()
    .filter((path) => /^packages\/[^/]+\/src\/.*\.ts$/.test(path))
    .map((path) => ({ path, source: read(path) })),
);

describe("docs/errors.md", () => {
  test("has a table for every union of error codes, and no other", () => {
    assert.deepEqual([...tables.keys()].sort(), ["CloseReason", ...unions.map(({ name }) => name)].sort());
  });

  for (const { name, codes } of unions) {
    test(`lists every ${name}, and no other`, () => {
      const listed = (tables.get(name) ?? []).map(([code = ""]) => code);
      assert.notEqual(codes.length, 0);
      assert.deepEqual([...listed].sort(), [...codes].sort());
    });
  }

  test("lists every close code with its name and what the client does (WP-CLOSE-1)", () => {
    const listed = (tables.get("CloseReason") ?? []).map(([code, name, reconnect]) => `${code} ${name} ${reconnect}`);
    const inCode = Object.entries(closeCodes).map(([name, { code, reconnect }]) => `${code} ${name} ${reconnect}`);
    assert.deepEqual(listed, inCode);
  });

  test("says of every code what it means and what to do", () => {
    for (const [name, rows] of tables) {
      for (const row of rows)
        assert.ok(row.length >= 4 && row.every((cell) => cell !== ""), `${name}: ${row.join(" | ")}`);
    }
  });
});

describe("the reader of code unions", () => {
  const record = 'const words = {\n  "a-b": "one",\n  c: "two",\n} as const;\nexport type Word = keyof typeof words;\n';
  const forms: readonly [string, string, readonly string[]][] = [
    ["one literal", 'export type AErrorCode = "a";', ["a"]],
    ["literals over several lines", 'export type AErrorCode =\n  | "a"\n  | "b-c";', ["a", "b-c"]],
    ["a literal a comment hides", 'export type AErrorCode = "a" /* | "b" */;', ["a"]],
    ["the keys of a record", `${record}export type AErrorCode = keyof typeof words;`, ["a-b", "c"]],
    ["what another type leaves", `${record}export type AErrorCode = Exclude<Word, "c">;`, ["a-b"]],
    ["nothing where there is none", "export type Other = 1;", []],
  ];
  for (const [what, source, expected] of forms) {
    test(`reads ${what}`, () => {
      const found = codeUnions([{ path: "packages/a/src/b.ts", source }]);
      assert.deepEqual(
        found.flatMap(({ codes }) => codes),
        expected,
      );
    });
  }

  test("refuses a form it would not see all codes of", () => {
    const source = "export type AErrorCode = Uppercase<Word> | Other;";
    assert.throws(() => codeUnions([{ path: "packages/a/src/b.ts", source }]), /does not understand/);
  });
});

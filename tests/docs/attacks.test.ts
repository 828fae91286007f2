import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { repositoryFiles, repositoryRoot } from "../../tools/repository-files.ts";

const read = (path: string): string => readFileSync(join(repositoryRoot, path), "utf8");
const document = read("spec/attacks.md");
const sources = repositoryFiles().filter((path) => path.startsWith("tests/attacks/") && path.endsWith(".ts"));

describe("spec/attacks.md", () => {
  test("has exactly one row for each attack, in order", () => {
    assert.deepEqual(
      rowsOf(document).map(({ number }) => number),
      Array.from({ length: 23 }, (_, index) => index + 1),
    );
  });

  test("names for each a defence, a test of its number and a control that this test runs", () => {
    assert.deepEqual(rowsOf(document).flatMap(faultsIn), []);
  });

  test("leaves out no old or weak program", () => {
    const programs = sources.filter((path) => /^tests\/attacks\/fixtures\/(old|weak)\//.test(path));
    const named = new Set(rowsOf(document).flatMap(({ controls }) => controls));
    assert.deepEqual(
      programs.filter((path) => !named.has(path)),
      [],
    );
  });
});

describe("the reader of the attacks finds", () => {
  const good =
    "| 4 | CVE-2021-32640 | a slow header | `packages/gateway/src/host/opening-handshake.ts` | `tests/attacks/handshake/slow-expressions.test.ts` | `tests/attacks/fixtures/old/ws-protocol-header.ts` |";
  const wrong: readonly (readonly [what: string, row: string, fault: RegExp])[] = [
    ["a file that is not there", good.replace("opening-handshake", "opening"), /no such file/],
    ["an attack whose tests are of another", good.replace("| 4 |", "| 5 |"), /no test is named/],
    ["an attack without a defence", good.replace(/`packages[^`]+`/, "–"), /without a defence/],
    ["an attack without a control", good.replace(/`[^`]+header\.ts`/, "–"), /without a control/],
    [
      "a control that no test of it runs",
      good.replace("old/ws-protocol-header", "weak/lax-origins"),
      /its tests run no/,
    ],
    ["an attack nobody has told of", good.replace("CVE-2021-32640", ""), /without an advisory/],
  ];

  test("nothing wrong with a good row", () => assert.deepEqual(rowsOf(good).flatMap(faultsIn), []));
  for (const [what, row, fault] of wrong) {
    test(what, () => assert.match(rowsOf(row).flatMap(faultsIn).join(), fault));
  }
});

interface Row {
  readonly number: number;
  readonly advisory: string;
  readonly defences: readonly string[];
  readonly tests: readonly string[];
  readonly controls: readonly string[];
}

function rowsOf(markdown: string): Row[] {
  const rows = markdown.split("\n").filter((line) => /^\| \d+ \|/.test(line));
  return rows.map((line) => {
    const [number, advisory = "", , defences = "", tests = "", controls = ""] = line.slice(2, -2).split(" | ");
    return {
      number: Number(number),
      advisory: advisory.trim(),
      defences: pathsIn(defences),
      tests: pathsIn(tests),
      controls: pathsIn(controls),
    };
  });
}

/** What stands in code font and is a path; names of options stand there too. */
function pathsIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text).filter((text) => text.includes("/"));
}

function faultsIn({ number, advisory, defences, tests, controls }: Row): string[] {
  const missing = [...defences, ...tests, ...controls].filter((path) => !existsSync(join(repositoryRoot, path)));
  if (missing.length > 0) return missing.map((path) => `attack ${number}: no such file: ${path}`);
  const faults: string[] = [];
  if (advisory === "") faults.push("is without an advisory");
  if (defences.length === 0) faults.push("is without a defence");
  const own = tests.map(read).filter((source) => new RegExp(`test\\(\\s*["\`]attack ${number}: `).test(source));
  if (own.length === 0) faults.push(`no test is named "attack ${number}: …"`);
  if (controls.length === 0) faults.push("is without a control");
  const texts = tests.map(read);
  const idle = controls.filter((path) => !texts.some((text) => isControl(path, text)) && !isOwnControl(path, tests));
  return [...faults, ...idle.map((path) => `its tests run no ${path}`)].map((fault) => `attack ${number}: ${fault}`);
}

/** Whether a test imports a program of the fixtures, or starts it, for a negative control. */
function isControl(path: string, test: string): boolean {
  return test.includes("negative control") && test.includes(path.replace("tests/attacks/fixtures/", ""));
}

/** Whether a control stands in a test of the row itself. */
function isOwnControl(path: string, tests: readonly string[]): boolean {
  return tests.includes(path) && read(path).includes("negative control");
}

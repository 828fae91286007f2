import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { repositoryRoot } from "../../tools/repository-files.ts";

const document = readFileSync(join(repositoryRoot, "spec/threat-model.md"), "utf8");
const requirements = Array.from({ length: 61 }, (_, index) => `R${index + 1}`);

describe("spec/threat-model.md", () => {
  test("has exactly one row for each requirement, in order", () => {
    assert.deepEqual(
      rowsOf(document).map(({ id }) => id),
      requirements,
    );
  });

  test("names files that are there, and backs each held requirement by a test that names it", () => {
    assert.deepEqual(rowsOf(document).flatMap(faultsIn), []);
  });
});

describe("the reader of the threat model finds", () => {
  const good =
    "| R14 | origins | held | `packages/gateway/src/accept/origin.ts` | `packages/gateway/test/accept/origin.test.ts` |";
  const wrong: readonly [what: string, row: string, fault: RegExp][] = [
    ["a file that is not there", good.replace("origin.ts", "orgin.ts"), /no such file/],
    ["a held requirement without a test", good.replace(/`packages[^`]*test.ts`/, "–"), /no test names it/],
    ["a held requirement whose test names another", good.replace("R14", "R61"), /no test names it/],
    ["a held requirement without a place", good.replace(/`packages[^`]*origin.ts`/, "–"), /says not where/],
    ["a state there is not", good.replace("held", "fine"), /is no state/],
    ["a gap that is not said", good.replace("held", "partly"), /is no state/],
  ];

  test("nothing wrong with a good row", () => assert.deepEqual(rowsOf(good).flatMap(faultsIn), []));
  for (const [what, row, fault] of wrong) {
    test(what, () => assert.match(rowsOf(row).flatMap(faultsIn).join(), fault));
  }
});

interface Row {
  readonly id: string;
  readonly state: string;
  readonly places: readonly string[];
  readonly tests: readonly string[];
}

function rowsOf(markdown: string): Row[] {
  const rows = markdown.split("\n").filter((line) => /^\| R\d+ \|/.test(line));
  return rows.map((line) => {
    const [id = "", , state = "", places = "", tests = ""] = line.slice(2, -2).split(" | ");
    return { id, state, places: pathsIn(places), tests: pathsIn(tests) };
  });
}

function pathsIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path);
}

function faultsIn({ id, state, places, tests }: Row): string[] {
  const missing = [...places, ...tests].filter((path) => !existsSync(join(repositoryRoot, path)));
  const faults = missing.map((path) => `${id}: no such file: ${path}`);
  if (!/^(held|partly: .+|issue [D-L]|later)$/.test(state)) faults.push(`${id}: "${state}" is no state`);
  if (state !== "held") return faults;
  if (places.length === 0) faults.push(`${id}: says not where it is defended`);
  const named = tests.filter((path) => !missing.includes(path)).some((path) => hasTestFor(id, path));
  if (!named) faults.push(`${id}: held, and no test names it`);
  return faults;
}

/** Whether a file has a text such as "refuses … (R14)"; comments do not count. */
function hasTestFor(id: string, path: string): boolean {
  const lines = readFileSync(join(repositoryRoot, path), "utf8").split("\n");
  const name = new RegExp(`["'\`].*\\([^()]*\\b${id}\\b[^()]*\\)`);
  return lines.some((line) => !/^\s*(\/\/|\/?\*)/.test(line) && name.test(line));
}

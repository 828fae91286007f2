import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { repositoryRoot } from "../../tools/repository-files.ts";

const read = (path: string): string => readFileSync(join(repositoryRoot, path), "utf8");

/** The words of the one step that runs the check. */
function checkWords(): readonly string[] {
  const workflow = parse(read("examples/ci/websocket-check.yml"));
  const steps: readonly { readonly run?: string }[] = workflow.jobs.check.steps;
  const [run, ...others] = steps.flatMap((step) => step.run ?? []);
  assert.equal(others.length, 0);
  return run?.split(" ") ?? [];
}

test("the GitHub Actions example asks for options that the command has, and hands no secret over in words", () => {
  const options = checkWords().filter((word) => word.startsWith("--"));
  assert.notEqual(options.length, 0);
  const program = read("packages/cli/src/program.ts");
  for (const option of options) assert.match(program, new RegExp(`"${option} <`), option);
  assert.ok(!checkWords().some((word) => word.includes("secrets.")));
});

test("docs/guide/20-check.md quotes it as it is", () => {
  assert.ok(read("docs/guide/20-check.md").includes(`\`\`\`yaml\n${read("examples/ci/websocket-check.yml")}\`\`\``));
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runSteps, type Step, testStep } from "../steps.ts";

const step = (name: string, success: boolean): Step => ({
  name,
  run: () => Promise.resolve({ success, output: `${name} says so` }),
});

async function play(steps: readonly Step[]): Promise<{ success: boolean; printed: string }> {
  let printed = "";
  const success = await runSteps(steps, (text) => {
    printed += text;
  });
  return { success, printed };
}

describe("runSteps", () => {
  test("prints one line for each step that succeeds and keeps its output to itself", async () => {
    const { success, printed } = await play([step("types", true), step("lint", true)]);
    assert.equal(success, true);
    assert.match(printed, /^ok {7}0\.0 s {2}types\nok {7}0\.0 s {2}lint\n$/);
  });

  test("fails when one step of several fails and prints what it said", async () => {
    const { success, printed } = await play([step("types", true), step("lint", false), step("unit", true)]);
    assert.equal(success, false);
    assert.match(printed, /FAILED {3}0\.0 s {2}lint\nlint says so\n/);
    assert.match(printed, / {2}unit\n/);
  });

  test("fails a test step that finds no test file", async () => {
    const { success, printed } = await play([testStep("unit", [])]);
    assert.equal(success, false);
    assert.match(printed, /no test file found for "unit"/);
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestEvent } from "node:test/reporters";
import { runsInTurn } from "../runs-in-turn.ts";

const diagnostic = (message: string, file?: string): TestEvent => ({
  type: "test:diagnostic",
  data: { nesting: 0, message, level: "info", ...(file === undefined ? {} : { file, line: 1, column: 1 }) },
});
const counts = { tests: 1, passed: 1, failed: 0, cancelled: 0, skipped: 0, todo: 0, topLevel: 1, suites: 0 };
const summary: TestEvent = {
  type: "test:summary",
  data: { file: undefined, success: true, counts, duration_ms: 1 },
};

async function play(runs: readonly (readonly TestEvent[])[]): Promise<{ shown: string[]; log: string[] }> {
  const log: string[] = [];
  const shown: string[] = [];
  const start = (events: readonly TestEvent[], index: number) =>
    async function* () {
      log.push(`run ${index} starts`);
      yield* events;
      log.push(`run ${index} ends`);
    };
  for await (const event of runsInTurn(runs.map(start))) {
    shown.push(event.type === "test:diagnostic" ? event.data.message : event.type);
  }
  return { shown, log };
}

test("adds up the totals of two runs and reports once, at the end", async () => {
  const { shown } = await play([
    [diagnostic("first", "a.test.ts"), diagnostic("tests 3"), diagnostic("duration_ms 1.5"), summary],
    [diagnostic("second", "b.test.ts"), diagnostic("tests 2"), diagnostic("duration_ms 2.25"), summary],
  ]);
  assert.deepEqual(shown, ["first", "second", "tests 5", "duration_ms 3.75", "test:summary"]);
});

test("starts a run when the one before has ended", async () => {
  const { log } = await play([[diagnostic("tests 1")], [diagnostic("tests 1")]]);
  assert.deepEqual(log, ["run 0 starts", "run 0 ends", "run 1 starts", "run 1 ends"]);
});

test("leaves a single run as it is, and a test's own words that look like a total", async () => {
  const { shown } = await play([[diagnostic("tests 9", "a.test.ts"), diagnostic("tests 1"), summary]]);
  assert.deepEqual(shown, ["tests 9", "tests 1", "test:summary"]);
});

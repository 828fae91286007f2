import { join } from "node:path";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { repositoryRoot } from "./repository-files.ts";
import { type SkippedTest, withSkipsListed } from "./skipped-tests.ts";

const testTimeoutMs = 60_000;

/** How a run of test files ended. */
export interface TestOutcome {
  readonly success: boolean;
  readonly skipped: readonly SkippedTest[];
}

/**
 * Runs test files, each in its own process, two at a time, from TypeScript sources. Writes what Node's `spec` reporter
 * prints to `output`, which stays open, with every skipped test listed by name before the totals.
 */
export async function runTests(files: readonly string[], output: Writable): Promise<TestOutcome> {
  const skipped: SkippedTest[] = [];
  let success = true;
  const events = run({
    files: files.map((file) => join(repositoryRoot, file)),
    concurrency: 2,
    timeout: testTimeoutMs,
    execArgv: ["--conditions=@wardwire/source", `--import=${join(import.meta.dirname, "test-deadline.ts")}`],
  });
  events.on("test:summary", (summary) => {
    if (!summary.success) success = false;
  });
  await pipeline(events, (source) => withSkipsListed(source, skipped), new spec(), output, { end: false });
  return { success, skipped };
}

import { join } from "node:path";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { run } from "node:test";
import { spec, type TestEvent } from "node:test/reporters";
import { repositoryRoot } from "./repository-files.ts";
import { runsInTurn } from "./runs-in-turn.ts";
import { type SkippedTest, withSkipsListed } from "./skipped-tests.ts";
import { runsAlone } from "./test-files.ts";

const testTimeoutMs = 60_000;
/** As many as a small machine has cores; with more, tests that look at frames and other programs meet their limits. */
const filesAtATime = 2;

/** How a run of test files ended. */
export interface TestOutcome {
  readonly success: boolean;
  readonly skipped: readonly SkippedTest[];
}

/**
 * Runs test files, each in its own process, two at a time, from TypeScript sources; those that run alone after the others,
 * one at a time. Writes what Node's `spec` reporter prints to `output`, which stays open, with every skipped test listed
 * by name before the totals.
 */
export async function runTests(files: readonly string[], output: Writable): Promise<TestOutcome> {
  const skipped: SkippedTest[] = [];
  let success = true;
  const runOf = (some: readonly string[], concurrency: number) => (): AsyncIterable<TestEvent> =>
    runFiles(some, concurrency).on("test:summary", (summary) => {
      if (!summary.success) success = false;
    });
  const alone = files.filter(runsAlone);
  const together = files.filter((file) => !runsAlone(file));
  const runs = [
    ...(together.length > 0 ? [runOf(together, filesAtATime)] : []),
    ...(alone.length > 0 ? [runOf(alone, 1)] : []),
  ];
  const events = runsInTurn(runs);
  await pipeline(events, (source) => withSkipsListed(source, skipped), new spec(), output, { end: false });
  return { success, skipped };
}

// A file in a process of its own loads the same sources as the one before: compiled once, they are kept for the next.
process.env["NODE_COMPILE_CACHE"] ??= join(repositoryRoot, "node_modules", ".cache", "compiled");

function runFiles(files: readonly string[], concurrency: number): ReturnType<typeof run> {
  return run({
    files: files.map((file) => join(repositoryRoot, file)),
    concurrency,
    timeout: testTimeoutMs,
    execArgv: ["--conditions=@wardwire/source", `--import=${join(import.meta.dirname, "test-deadline.ts")}`],
  });
}

import { spawn } from "node:child_process";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { repositoryRoot } from "./repository-files.ts";
import { runTests } from "./run-tests.ts";

/** One thing to check: `run` tells whether it holds and what there is to read when it does not. */
export interface Step {
  readonly name: string;
  run(): Promise<StepOutcome>;
}

/** How a step ended. */
export interface StepOutcome {
  readonly success: boolean;
  readonly output: string;
}

/** Format and lint, then types: what needs no code to run. */
export const staticSteps: readonly Step[] = [
  { name: "format and lint", run: () => runBinary("biome", ["ci", "--colors=off", "--error-on-warnings", "."]) },
  // `tsc -b` refuses --noEmit where projects refer to one another (TS6310); what it emits, dist/, is ignored by git.
  { name: "types", run: () => runBinary("tsc", ["-b"]) },
];

/** A step that runs test files and keeps what they print. */
export function testStep(name: string, files: readonly string[]): Step {
  return {
    name,
    async run() {
      if (files.length === 0) return { success: false, output: `no test file found for "${name}"\n` };
      const printed = new PassThrough();
      const [output, { success }] = await Promise.all([
        text(printed),
        runTests(files, printed).finally(() => printed.end()),
      ]);
      return { success, output: fromTotals(output) };
    },
  };
}

/** What stands before the totals are the names of all tests; what follows them are the failures in full. */
function fromTotals(output: string): string {
  return output.slice(Math.max(0, output.lastIndexOf("\nℹ tests ")));
}

/**
 * Runs steps two at a time, in order, prints a line for each with its time as it ends, and what a failing one said.
 * @returns whether all succeeded.
 */
export async function runSteps(steps: readonly Step[], print: (text: string) => void): Promise<boolean> {
  const waiting = [...steps];
  let success = true;
  const work = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const startedAt = performance.now();
      const outcome = await step.run();
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(5);
      print(`${outcome.success ? "ok    " : "FAILED"} ${seconds} s  ${step.name}\n`);
      if (!outcome.success) print(`${outcome.output}\n`);
      success &&= outcome.success;
    }
  };
  await Promise.all([work(), work()]);
  return success;
}

/** Runs a command that `npm ci` installed, from the repository's folder. */
function runBinary(name: string, parameters: readonly string[]): Promise<StepOutcome> {
  return new Promise((resolve) => {
    const child = spawn(join(repositoryRoot, "node_modules", ".bin", name), parameters, { cwd: repositoryRoot });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        output += chunk;
      });
    }
    child.on("error", (cause) => resolve({ success: false, output: `${name} did not start: ${cause.message}\n` }));
    child.on("close", (code) => resolve({ success: code === 0, output }));
  });
}

import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Mutant, mutate } from "./mutant.ts";
import { copyWorkspace, type WorkspaceCopy } from "./workspace-copy.ts";

/** What became of a mutant. `broken` means the code did not even load, which shows nothing about the tests. */
export type Fate = "killed" | "SURVIVED" | "BROKEN";

/** One line of the result. */
export interface MutantResult {
  readonly name: string;
  readonly fate: Fate;
  readonly ms: number;
  /** The first test that noticed, or what is wrong with the mutant. */
  readonly detail: string;
}

/** One more than there are cores on a small machine: many a mutant does nothing but wait for its timeout. */
const mutantsAtATime = 3;
const filesAtATime = 2;
/** Many a missing guard shows in an answer that never comes. */
const testTimeoutMs = 8_000;

/**
 * Runs every mutant against its tests in copies of the repository, three at a time, and hands each result over as it comes.
 * @throws Error when a named test fails without any mutant, or a mutant does not fit the source it names.
 */
export async function runMutants(
  root: string,
  mutants: readonly Mutant[],
  tell: (result: MutantResult) => void,
): Promise<readonly MutantResult[]> {
  const copies = Array.from({ length: mutantsAtATime }, () => copyWorkspace(root));
  try {
    const [first] = copies;
    if (first !== undefined) await prepare(first, mutants);
    const waiting = [...mutants];
    const results: MutantResult[] = [];
    const work = async (copy: WorkspaceCopy): Promise<void> => {
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        const result = await tryMutant(copy, mutant);
        results.push(result);
        tell(result);
      }
    };
    await Promise.all(copies.map(work));
    return results;
  } finally {
    for (const copy of copies) copy.remove();
  }
}

/** Everything that would make a result worthless is found before the first mutant runs. */
async function prepare(copy: WorkspaceCopy, mutants: readonly Mutant[]): Promise<void> {
  const misfits = mutants.flatMap((mutant) => misfit(mutant, copy));
  if (misfits.length > 0) throw new Error(misfits.join("\n"));
  const failures = await failingTests(copy.folder, [...new Set(mutants.flatMap(({ tests }) => tests))], "last");
  if (failures.length === 0) return;
  throw new Error(`without any mutant these fail already: ${failures.map(({ name }) => name).join("; ")}`);
}

function misfit(mutant: Mutant, copy: WorkspaceCopy): string[] {
  try {
    mutate(mutant, copy.read(mutant.file));
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

async function tryMutant(copy: WorkspaceCopy, mutant: Mutant): Promise<MutantResult> {
  const startedAt = performance.now();
  const original = copy.read(mutant.file);
  copy.write(mutant.file, mutate(mutant, original));
  const failures = await failingTests(copy.folder, mutant.tests, "first").finally(() =>
    copy.write(mutant.file, original),
  );
  const ms = Math.round(performance.now() - startedAt);
  const noticed = failures.find(({ isFile }) => !isFile);
  if (noticed !== undefined) return { name: mutant.name, fate: "killed", ms, detail: noticed.name };
  if (failures.length > 0)
    return { name: mutant.name, fate: "BROKEN", ms, detail: "no test ran: the file did not load" };
  return { name: mutant.name, fate: "SURVIVED", ms, detail: `${mutant.rule}: ${mutant.tests.join(", ")} stayed green` };
}

interface Failure {
  readonly name: string;
  readonly isFile: boolean;
}

/** Runs test files; with `first` only until a test has failed, since one is enough to notice a mutant. */
async function failingTests(folder: string, tests: readonly string[], stopAt: "first" | "last"): Promise<Failure[]> {
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const environment = { NODE_COMPILE_CACHE: join(folder, "node_modules", ".cache", "compiled"), ...inherited };
  const child = spawn(
    process.execPath,
    [
      "--conditions=@wardwire/source",
      `--import=${join(import.meta.dirname, "..", "test-deadline.ts")}`,
      "--test",
      `--test-timeout=${testTimeoutMs}`,
      `--test-concurrency=${filesAtATime}`,
      `--test-reporter=${join(import.meta.dirname, "failures-reporter.ts")}`,
      ...tests,
    ],
    { cwd: folder, env: environment, stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = new Promise<number | null>((resolve, reject) => child.on("close", resolve).on("error", reject));
  const failures: Failure[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const failure: Failure = JSON.parse(line);
    failures.push(failure);
    if (stopAt === "first" && !failure.isFile) child.kill();
  }
  const code = await ended;
  if (code !== 0 && failures.length === 0) failures.push({ name: tests.join(", "), isFile: true });
  return failures;
}

/**
 * `npm run test:mutants`: applies each one-line change of `table.ts` to a copy of the repository and runs the tests it
 * names. Exit code 1 when a mutant survives, since then no test guards the line.
 */
import "../node-version.ts";
import { repositoryRoot } from "../repository-files.ts";
import { runMutants } from "./run-mutants.ts";
import { mutants } from "./table.ts";

const startedAt = performance.now();
const results = await runMutants(repositoryRoot, mutants, ({ fate, ms, name, detail }) => {
  process.stdout.write(`${fate.padEnd(8)} ${(ms / 1000).toFixed(1).padStart(5)} s  ${name}: ${detail}\n`);
}).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
});
const alive = results.filter(({ fate }) => fate !== "killed");
const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
process.stdout.write(`${results.length - alive.length} of ${results.length} mutants killed in ${seconds} s\n`);
if (alive.length > 0) process.exitCode = 1;

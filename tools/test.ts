/**
 * `npm test`: everything. Installs what the tests need from the system where it can, then format, lint, types, then all
 * test files in one run, so that the totals at the end are the totals of everything. Exit code 1 when anything failed,
 * or, with `WARDWIRE_SKIPS=fail` in the environment, when anything was skipped.
 */
import "./node-version.ts";
import { runTests } from "./run-tests.ts";
import { runSteps, staticSteps } from "./steps.ts";
import { provideSystemPackages } from "./system-packages.ts";
import { testFiles } from "./test-files.ts";

const print = (text: string): boolean => process.stdout.write(text);

await provideSystemPackages(print);
const isClean = await runSteps(staticSteps, print);
const { unit, repository, system } = testFiles();
const { success, skipped } = await runTests([...unit, ...repository, ...system], process.stdout);
if (!isClean) print("\nformat, lint or types failed: see the beginning of this output\n");
const skipsFail = process.env["WARDWIRE_SKIPS"] === "fail" && skipped.length > 0;
if (skipsFail) print(`\n${skipped.length} skipped, and WARDWIRE_SKIPS=fail makes that a failure\n`);
if (!isClean || !success || skipsFail) process.exitCode = 1;

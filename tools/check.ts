/** `npm run check`: format, lint, types, and every test that needs no running system. Exit code 1 when any step failed. */
import "./node-version.ts";
import { runSteps, staticSteps, testStep } from "./steps.ts";
import { testFiles } from "./test-files.ts";

const { unit, repository } = testFiles();
const steps = [testStep("unit tests", unit), ...staticSteps, testStep("architecture and documents", repository)];
if (!(await runSteps(steps, (text) => process.stdout.write(text)))) process.exitCode = 1;

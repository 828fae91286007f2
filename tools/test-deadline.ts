/**
 * Loaded into every process that runs a test file. `--test-timeout` ends a test that takes too long, but not a process
 * that stays alive after its tests, for example because a server was left listening; this does, and says so.
 */
import { basename } from "node:path";

const deadlineMs = 120_000;

setTimeout(() => {
  process.stderr.write(
    `${basename(process.argv[1] ?? "test")} is still running after ${deadlineMs / 1000} s: ` +
      `${process.getActiveResourcesInfo().join(", ")} kept it alive\n`,
  );
  process.exit(1);
}, deadlineMs).unref();

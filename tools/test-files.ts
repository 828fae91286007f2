import { repositoryFiles } from "./repository-files.ts";

/** The test files of the repository by what they need: nothing, the sources and documents, or a whole running system. */
export interface TestFiles {
  /** Tests of one package or tool, next to it. */
  readonly unit: readonly string[];
  /** Tests that read the sources and the documents. */
  readonly repository: readonly string[];
  /** Tests of the system as a whole; some need packages of the operating system. */
  readonly system: readonly string[];
}

/** Sorts the `*.test.ts` among `files` into the three groups; every one lands in exactly one. */
export function testFiles(files: readonly string[] = repositoryFiles()): TestFiles {
  const tests = files.filter((path) => path.endsWith(".test.ts"));
  const isSystem = (path: string): boolean => path.startsWith("tests/") && !isRepository(path);
  return {
    unit: tests.filter((path) => !path.startsWith("tests/")),
    repository: tests.filter(isRepository),
    system: tests.filter(isSystem),
  };
}

/** Whether a test file measures times that others beside it would spoil: it runs after them, with nothing beside it. */
export function runsAlone(path: string): boolean {
  return measuring.includes(path);
}

const measuring = [
  "tests/attacks/hostile-fleet.test.ts",
  "tests/end-to-end/admin/revoke-many.test.ts",
  "tests/faults/reconnect-storm.test.ts",
  "tests/faults/slow-consumers.test.ts",
  "tests/faults/sqlite-event-loop.test.ts",
  "tests/sealed/flood.test.ts",
  "tests/sealed/rotation.test.ts",
];

function isRepository(path: string): boolean {
  return path.startsWith("tests/architecture/") || path.startsWith("tests/docs/");
}

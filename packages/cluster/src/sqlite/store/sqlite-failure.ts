import type { ClusterErrorCode } from "../../cluster-error.ts";
import type { Failure } from "./request.ts";

/** Says what an error of SQLite means to whoever runs the gateway. */
export function sqliteFailure(file: string, error: unknown): Failure {
  const result = resultCode(error);
  const known = meanings.get(result) ?? meanings.get(result & 0xff);
  const detail = error instanceof Error ? error.message : String(error);
  if (known === undefined) return { code: "unavailable", message: `${file}: SQLite failed: ${detail}` };
  return { code: known.code, message: `${file}: ${known.advice} (${detail})` };
}

interface Meaning {
  readonly code: ClusterErrorCode;
  readonly advice: string;
}

const inUse: Meaning = {
  code: "in-use",
  advice: "expected to be the only one that has it open; stop the other process, or give each gateway its own file",
};
const corrupt: Meaning = {
  code: "corrupt",
  advice: "expected a sound SQLite database; keep the file for analysis, and move it away to begin a new one",
};

const readOnly: Meaning = {
  code: "read-only",
  advice: "expected to be allowed to write and lock it; check its owner and mode, and that the disk is local",
};

/** By SQLite's result code, primary or extended. */
const meanings: ReadonlyMap<number, Meaning> = new Map([
  [5, inUse],
  [6, inUse],
  [8, readOnly],
  [11, corrupt],
  [13, { code: "full", advice: "no room on the disk or within maxFileBytes; make room, then try again" }],
  [14, { code: "cannot-open", advice: "expected a file in a folder this user may write; check the path" }],
  [26, corrupt],
  // IOERR_LOCK: a file that was opened for reading only cannot be locked for writing.
  [3850, readOnly],
]);

function resultCode(error: unknown): number {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return typeof code === "number" ? code : 0;
}

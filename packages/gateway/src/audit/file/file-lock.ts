import { DatabaseSync } from "node:sqlite";
import { AuditError, unavailable } from "../audit-error.ts";

/**
 * Takes the lock of the file at `path`, which is that of the operating system on `path.lock`: it ends with the process, however
 * that ends, so no stale lock is ever left. Node itself gives no such lock; its SQLite does, and nothing else of it is used.
 *
 * @throws AuditError `audit-locked` while another holds it, `audit-unavailable` when the lock file cannot be opened
 */
export function lockFile(path: string): Disposable {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(`${path}.lock`);
    database.exec("PRAGMA journal_mode = MEMORY; PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    if (isBusy(error)) {
      const advice = "stop that process, or give this one a file of its own";
      throw new AuditError("audit-locked", `${path} is being written by another process: ${advice}`, { cause: error });
    }
    throw unavailable("lock", path, error);
  }
  const held = database;
  return { [Symbol.dispose]: () => held.close() };
}

/** SQLITE_BUSY and SQLITE_LOCKED. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && (error.errcode === 5 || error.errcode === 6);
}

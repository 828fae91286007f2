import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/**
 * Takes the lock of the file at `path`, which is that of the operating system on `path.lock`: it ends with the process, however
 * that ends, so no stale lock is ever left. Node itself gives no such lock; its SQLite does, and nothing else of it is used.
 *
 * @returns what gives the lock back; undefined while somebody else holds it, in this process or another
 * @throws the error of the file system or of SQLite when the lock file cannot be made or opened
 */
export function lockFile(path: string): Disposable | undefined {
  const lock = `${path}.lock`;
  makePrivately(lock);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(lock);
    database.exec("PRAGMA journal_mode = MEMORY; PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  const held = database;
  return { [Symbol.dispose]: () => held.close() };
}

/**
 * Whoever may read the lock file may hold the lock. One that is there is not opened: closing it again would give back the
 * lock of this process (POSIX, `fcntl`).
 */
function makePrivately(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

/** SQLITE_BUSY and SQLITE_LOCKED. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && (error.errcode === 5 || error.errcode === 6);
}

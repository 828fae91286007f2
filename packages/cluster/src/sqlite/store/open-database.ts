import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { ClusterError } from "../../cluster-error.ts";
import type { StoreOptions } from "./request.ts";
import { applicationId, migrations } from "./schema.ts";

/**
 * Opens the database, and holds it alone until it is closed or the process ends. It has been checked from end to end and
 * brought to this version's schema.
 *
 * @throws ClusterError `incompatible`, `corrupt`; errors of SQLite and of the file system.
 */
export function openDatabase({ file, maxFileBytes }: Pick<StoreOptions, "file" | "maxFileBytes">): DatabaseSync {
  createPrivately(file);
  const database = new DatabaseSync(file, { timeout: 0, enableForeignKeyConstraints: true, defensive: true });
  try {
    // Before anything else is read, so that the lock is taken with the first access and never given back.
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    refuseForeign(database, file);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    database.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY");
    database.exec(`PRAGMA cache_size = -${cacheKibibytes}; PRAGMA journal_size_limit = ${keptJournalBytes}`);
    const pageBytes = pragma(database, "page_size");
    database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxFileBytes / pageBytes))}`);
    refuseDamaged(database, file);
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

const cacheKibibytes = 16_384;
const keptJournalBytes = 16_777_216;

/** Messages stand in it: only its owner may read it. SQLite gives the journal the same mode. */
function createPrivately(file: string): void {
  try {
    // Exclusively: opening and closing a file this process has open already would drop SQLite's lock on it.
    closeSync(openSync(file, "wx", 0o600));
  } catch {
    // It is there already, or SQLite says what is wrong with the path.
  }
}

function refuseForeign(database: DatabaseSync, file: string): void {
  const version = pragma(database, "user_version");
  const id = pragma(database, "application_id");
  const isNew =
    id === 0 && version === 0 && database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (!isNew && id !== applicationId) {
    throw new ClusterError("incompatible", `${file}: expected a store of wardwire, got another program's database`);
  }
  if (version > migrations.length) {
    throw new ClusterError(
      "incompatible",
      `${file}: expected a store of version ${migrations.length} or older, got version ${version}; use the wardwire that wrote it, or a newer one`,
    );
  }
}

function refuseDamaged(database: DatabaseSync, file: string): void {
  const { quick_check: found } = database.prepare("PRAGMA quick_check(1)").get() ?? {};
  if (found === "ok") return;
  throw new ClusterError("corrupt", `${file}: expected a sound database, but ${found}; restore it or move it away`);
}

/** Writes even when there is nothing to migrate, so that a store that cannot be written is refused now. */
function migrate(database: DatabaseSync): void {
  database.exec("BEGIN IMMEDIATE");
  for (const migration of migrations.slice(pragma(database, "user_version"))) database.exec(migration);
  database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}`);
  database.exec("COMMIT");
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}

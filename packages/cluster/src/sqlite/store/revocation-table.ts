import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { RevocationEntry, RevocationPage } from "../../revocations.ts";

/** The revocations of the store, within the caller's transaction. */
export class RevocationTable {
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #watermark: StatementSync;
  readonly #deleteEnded: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare("INSERT INTO revocations (ends_ms, bytes) VALUES (?, ?)");
    this.#select = database.prepare(
      "SELECT offset, bytes FROM revocations WHERE offset > ? AND ends_ms > ? ORDER BY offset",
    );
    this.#watermark = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'revocations'");
    this.#deleteEnded = database.prepare(
      "DELETE FROM revocations WHERE offset IN (SELECT offset FROM revocations WHERE ends_ms <= ? ORDER BY ends_ms LIMIT ?)",
    );
  }

  /** Adds an entry. */
  append(bytes: Uint8Array, ttlMs: number, nowMs: number): { readonly offset: number } {
    return { offset: Number(this.#insert.run(nowMs + ttlMs, bytes).lastInsertRowid) };
  }

  /** The entries with an offset above `since` that matter at `nowMs`. */
  read(since: number, nowMs: number): RevocationPage {
    const rows = this.#select.all(since, nowMs) as unknown as RevocationEntry[];
    const entries = rows.map(({ offset, bytes }) => ({ offset, bytes }));
    return { entries, watermark: Number(this.#watermark.get()?.["seq"] ?? 0) };
  }

  /** Deletes up to `most` entries that no longer matter. */
  deleteEnded(most: number, nowMs: number): void {
    this.#deleteEnded.run(nowMs, most);
  }
}

import type { DatabaseSync, StatementSync } from "node:sqlite";

/** How long a key is remembered; the broker's promise. */
const idempotencyTtlMs = 300_000;

/** The idempotency keys of the store, within the caller's transaction. */
export class KeyTable {
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #deleteExpired: StatementSync;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare(
      "SELECT offset FROM idempotency_keys WHERE channel = ? AND key = ? AND published_ms > ?",
    );
    this.#insert = database.prepare(
      "INSERT OR REPLACE INTO idempotency_keys (channel, key, offset, published_ms) VALUES (?, ?, ?, ?)",
    );
    this.#deleteExpired = database.prepare(
      "DELETE FROM idempotency_keys WHERE (channel, key) IN (SELECT channel, key FROM idempotency_keys WHERE published_ms <= ? ORDER BY published_ms LIMIT ?)",
    );
  }

  /** The offset of the channel's item that was published with this key, if that is remembered. */
  find(channel: number, key: string, nowMs: number): number | undefined {
    const found = this.#find.get(channel, key, nowMs - idempotencyTtlMs);
    return found && Number(found["offset"]);
  }

  /** Remembers which item was published with this key. */
  remember(channel: number, key: string, offset: number, nowMs: number): void {
    this.#insert.run(channel, key, offset, nowMs);
  }

  /** Deletes up to `most` keys whose time is over. */
  deleteExpired(most: number, nowMs: number): void {
    this.#deleteExpired.run(nowMs - idempotencyTtlMs, most);
  }
}

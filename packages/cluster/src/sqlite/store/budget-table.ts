import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type Bucket, takeFrom } from "../../bucket.ts";
import type { Budget, Taken } from "../../budgets.ts";

/**
 * The budgets of the store, within the caller's transaction. Of more than `maxKeys` keys those go that are full again
 * soonest: forgetting them gives least away.
 */
export class BudgetTable {
  readonly #maxKeys: number;
  readonly #find: StatementSync;
  readonly #count: StatementSync;
  readonly #set: StatementSync;
  readonly #deleteFull: StatementSync;
  readonly #deleteFullest: StatementSync;
  /** How many keys there are; undefined after a rollback. */
  #keys: number | undefined;

  constructor(database: DatabaseSync, maxKeys: number) {
    this.#maxKeys = maxKeys;
    this.#find = database.prepare("SELECT thousandths, filled_ms AS filledMs FROM budgets WHERE key = ?");
    this.#count = database.prepare("SELECT COUNT(*) AS keys FROM budgets");
    this.#set = database.prepare(
      "INSERT OR REPLACE INTO budgets (key, thousandths, filled_ms, full_ms) VALUES (?, ?, ?, ?)",
    );
    const delete_ = "DELETE FROM budgets WHERE key IN (SELECT key FROM budgets";
    this.#deleteFull = database.prepare(`${delete_} WHERE full_ms <= ? ORDER BY full_ms LIMIT ?)`);
    this.#deleteFullest = database.prepare(`${delete_} ORDER BY full_ms LIMIT ?)`);
  }

  /** Takes `cost` of a key's budget, or nothing. */
  take(key: string, cost: number, budget: Budget, nowMs: number): Taken {
    const known = this.#find.get(key) as Bucket | undefined;
    const { taken, bucket, fullMs } = takeFrom(known, cost, budget, nowMs);
    if (!taken.ok) return taken;
    this.#set.run(key, bucket.thousandths, bucket.filledMs, fullMs);
    if (known === undefined) this.#makeRoom();
    return taken;
  }

  /** Deletes up to `most` keys that are full again. */
  deleteFull(most: number, nowMs: number): void {
    const { changes } = this.#deleteFull.run(nowMs, most);
    if (this.#keys !== undefined) this.#keys -= Number(changes);
  }

  /** What it counted may not have come about. */
  rolledBack(): void {
    this.#keys = undefined;
  }

  #makeRoom(): void {
    this.#keys = this.#keys === undefined ? Number(this.#count.get()?.["keys"]) : this.#keys + 1;
    if (this.#keys <= this.#maxKeys) return;
    this.#keys -= Number(this.#deleteFullest.run(this.#keys - this.#maxKeys).changes);
  }
}

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { BudgetTable } from "./budget-table.ts";
import type { ChannelRow, ChannelTable } from "./channel-table.ts";
import type { ChannelUses } from "./channel-uses.ts";
import type { KeyTable } from "./key-table.ts";
import type { RevocationTable } from "./revocation-table.ts";

/** What each batch deletes at most: more than a batch of one can add, and few, so that none waits. */
const channelsPerSweep = 8;
const itemsPerChannel = 64;
const rowsPerTable = 512;

/** What a {@link Sweep} looks after. */
export interface SweptTables {
  readonly channels: ChannelTable;
  readonly keys: KeyTable;
  readonly uses: ChannelUses;
  readonly revocations: RevocationTable;
  readonly budgets: BudgetTable;
}

/** Deletes what no longer matters, a bounded number of rows with each batch: no timer, and never a long transaction. */
export class Sweep {
  readonly #tables: SweptTables;
  readonly #nextChannels: StatementSync;
  readonly #deleteChannel: StatementSync;
  /** The channel looked at last, in a round without end. */
  #lastId = 0;

  constructor(database: DatabaseSync, tables: SweptTables) {
    this.#tables = tables;
    this.#nextChannels = database.prepare("SELECT * FROM channels WHERE id > ? ORDER BY id LIMIT ?");
    this.#deleteChannel = database.prepare(
      "DELETE FROM channels WHERE id = :id AND NOT EXISTS (SELECT 1 FROM items WHERE channel = :id) AND NOT EXISTS (SELECT 1 FROM idempotency_keys WHERE channel = :id)",
    );
  }

  /** One step of the round, within the caller's transaction. */
  run(nowMs: number): void {
    const { channels, keys, uses, revocations, budgets } = this.#tables;
    keys.deleteExpired(rowsPerTable, nowMs);
    revocations.deleteEnded(rowsPerTable, nowMs);
    budgets.deleteFull(rowsPerTable, nowMs);
    uses.forgetOld(rowsPerTable, nowMs);
    const rows = this.#nextChannels.all(this.#lastId, channelsPerSweep) as unknown as ChannelRow[];
    for (const row of rows) {
      channels.deleteDropped(row, itemsPerChannel, nowMs);
      if (uses.isIdle(row, nowMs)) this.#deleteChannel.run({ id: row.id });
    }
    this.#lastId = rows.length < channelsPerSweep ? 0 : (rows.at(-1)?.id ?? 0);
  }
}

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { askedRange } from "../../asked-range.ts";
import type { HistoryPage, HistoryQuery, Publication, Published, StreamItem, StreamPosition } from "../../broker.ts";
import type { KeyTable } from "./key-table.ts";

/** Dropped items deleted with each publication: more than it adds, and few, so that none waits. */
const deletedPerPublication = 16;

/** The channels of the store and their items, within the caller's transaction. */
export class ChannelTable {
  readonly #find: StatementSync;
  readonly #begin: StatementSync;
  readonly #update: StatementSync;
  readonly #firstKept: StatementSync;
  readonly #insertItem: StatementSync;
  readonly #deleteItems: StatementSync;
  readonly #itemsForward: StatementSync;
  readonly #itemsBack: StatementSync;
  readonly #keys: KeyTable;

  constructor(database: DatabaseSync, keys: KeyTable) {
    this.#keys = keys;
    this.#find = database.prepare("SELECT * FROM channels WHERE name = ?");
    this.#begin = database.prepare(
      "INSERT INTO channels (name, stream, newest, first, published_bytes, ttl_ms, used_ms) VALUES (?, ?, 0, 1, 0, 0, ?) RETURNING *",
    );
    this.#update = database.prepare(
      "UPDATE channels SET newest = ?, first = ?, published_bytes = ?, ttl_ms = ?, used_ms = ? WHERE id = ?",
    );
    this.#firstKept = database.prepare(
      "SELECT offset FROM items WHERE channel = ? AND offset >= ? AND bytes_before >= ? AND published_ms > ? ORDER BY offset LIMIT 1",
    );
    this.#insertItem = database.prepare(
      "INSERT INTO items (channel, offset, published_ms, bytes_before, bytes) VALUES (?, ?, ?, ?, ?)",
    );
    this.#deleteItems = database.prepare(
      "DELETE FROM items WHERE channel = :channel AND offset < :first AND offset < :most + (SELECT MIN(offset) FROM items WHERE channel = :channel)",
    );
    const items = "SELECT offset, bytes FROM items WHERE channel = ? AND offset BETWEEN ? AND ? ORDER BY offset";
    this.#itemsForward = database.prepare(items);
    this.#itemsBack = database.prepare(`${items} DESC`);
  }

  /** The newest position; begins the stream `newStream` if the channel has none. */
  position(channel: string, newStream: string, nowMs: number): StreamPosition {
    return positionOf(this.#use(channel, newStream, nowMs));
  }

  /** Answers a query from what is kept at `nowMs`. */
  history(channel: string, query: HistoryQuery, newStream: string, nowMs: number): HistoryPage {
    const row = this.#use(channel, newStream, nowMs);
    const kept = { stream: row.stream, oldest: this.#oldest(row, nowMs), newest: row.newest };
    const { first, last, complete } = askedRange(query, kept);
    const statement = query.reverse === true ? this.#itemsBack : this.#itemsForward;
    const items = first > last ? [] : (statement.all(row.id, first, last) as unknown as StreamItem[]);
    return { items: items.map(({ offset, bytes }) => ({ offset, bytes })), position: positionOf(row), complete };
  }

  /** Gives the publication the next offset, or finds where it was published before. */
  publish(publication: Publication, newStream: string, nowMs: number): Published {
    const { channel, bytes, history, idempotencyKey: key } = publication;
    const row = this.#use(channel, newStream, nowMs);
    const known = key === undefined ? undefined : this.#keys.find(row.id, key, nowMs);
    if (known !== undefined) return { position: { stream: row.stream, offset: known }, duplicate: true };

    const newest = row.newest + 1;
    const publishedBytes = row.published_bytes + bytes.byteLength;
    const isKept = history.messages > 0 && history.ttlMs > 0 && bytes.byteLength <= history.bytes;
    const oldest = this.#firstAllowed(row.id, {
      fromOffset: Math.max(row.first, newest - history.messages + 1),
      fromBytes: publishedBytes - history.bytes,
      // What was too old under the bounds before stays dropped.
      afterMs: nowMs - Math.min(row.ttl_ms, history.ttlMs),
    });
    if (isKept) this.#insertItem.run(row.id, newest, nowMs, row.published_bytes, bytes);
    const first = isKept ? (oldest ?? newest) : newest + 1;
    this.#update.run(newest, first, publishedBytes, history.ttlMs, nowMs, row.id);
    this.#deleteItems.run({ channel: row.id, first, most: deletedPerPublication });
    if (key !== undefined) this.#keys.remember(row.id, key, newest, nowMs);
    return { position: { stream: row.stream, offset: newest }, duplicate: false };
  }

  /** Deletes up to `most` items of a channel that are dropped or too old; what is left of them is found again. */
  deleteDropped(row: ChannelRow, most: number, nowMs: number): void {
    const first = this.#oldest(row, nowMs);
    if (first > row.first) this.#update.run(row.newest, first, row.published_bytes, row.ttl_ms, row.used_ms, row.id);
    this.#deleteItems.run({ channel: row.id, first, most });
  }

  /** The offset of the oldest item kept at `nowMs`; `newest + 1` when there is none. */
  #oldest({ id, first, newest, ttl_ms: ttlMs }: ChannelRow, nowMs: number): number {
    return this.#firstAllowed(id, { fromOffset: first, fromBytes: 0, afterMs: nowMs - ttlMs }) ?? newest + 1;
  }

  /** Steps over the items that are not allowed, once each: the next question begins behind them. */
  #firstAllowed(id: number, { fromOffset, fromBytes, afterMs }: AllowedItems): number | undefined {
    const found = this.#firstKept.get(id, fromOffset, fromBytes, afterMs);
    return found && Number(found["offset"]);
  }

  #use(channel: string, newStream: string, nowMs: number): ChannelRow {
    const row = this.#find.get(channel) ?? this.#begin.get(channel, newStream, nowMs);
    return row as unknown as ChannelRow;
  }
}

/** A row of `channels`; see the schema. */
export interface ChannelRow {
  readonly id: number;
  readonly name: string;
  readonly stream: string;
  readonly newest: number;
  readonly first: number;
  readonly published_bytes: number;
  readonly ttl_ms: number;
  readonly used_ms: number;
}

interface AllowedItems {
  readonly fromOffset: number;
  readonly fromBytes: number;
  readonly afterMs: number;
}

function positionOf({ stream, newest }: ChannelRow): StreamPosition {
  return { stream, offset: newest };
}

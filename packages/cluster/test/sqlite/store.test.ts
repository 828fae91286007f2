import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { openDatabase } from "../../src/sqlite/store/open-database.ts";
import type { Outcome, Request } from "../../src/sqlite/store/request.ts";
import { sqliteFailure } from "../../src/sqlite/store/sqlite-failure.ts";
import { Store } from "../../src/sqlite/store/store.ts";
import { StoreFile } from "./store-file.ts";

const startMs = 1_800_000_000_000;
const plenty = { messages: 100_000, bytes: 1_000_000_000, ttlMs: 60_000 };

/** A store on this thread, its database within reach, in a time of its own. */
class Bench implements Disposable {
  readonly #file = new StoreFile();
  readonly database: DatabaseSync = openDatabase({ file: this.#file.path, maxFileBytes: 1_000_000_000 });
  readonly #store: Store;
  nowMs = startMs;

  constructor(maxBudgetKeys = 1_000) {
    const explain = (error: unknown) => sqliteFailure("store.db", error);
    this.#store = new Store({ database: this.database, maxBudgetKeys, openedMs: startMs, explain });
  }

  run(...requests: Request[]): Outcome[] {
    return this.#store.run({ nowMs: this.nowMs, requests });
  }

  /** Runs so many batches that ask for next to nothing, each of which sweeps. */
  sweep(batches: number): void {
    for (let count = 0; count < batches; count += 1) this.run({ type: "read-revocations", since: 0 });
  }

  rows(table: string): number {
    return Number(this.database.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get()?.["n"]);
  }

  [Symbol.dispose](): void {
    this.database.close();
    this.#file[Symbol.dispose]();
  }
}

function publish(channel: string, text = "x", history = plenty): Request {
  const bytes = new TextEncoder().encode(text);
  return { type: "publish", channel, bytes, history, newStream: `s_${channel}`, idempotencyKey: `${channel} ${text}` };
}

function position(channel: string): Request {
  return { type: "position", channel, newStream: `s_new_${channel}` };
}

test("openDatabase() has every commit synchronised to the disk before it returns", () => {
  using bench = new Bench();
  const pragma = (name: string) => Object.values(bench.database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  assert.equal(pragma("journal_mode"), "wal");
  const full = 2;
  assert.equal(pragma("synchronous"), full);
  assert.equal(pragma("foreign_keys"), 1);
});

describe("Store: a batch that cannot be committed", () => {
  for (const kind of ["ABORT", "ROLLBACK"]) {
    test(`is carried out one by one when SQLite answers with ${kind}, and only what fails is refused`, () => {
      using bench = new Bench();
      bench.database.exec(
        `CREATE TRIGGER bad BEFORE INSERT ON items WHEN length(NEW.bytes) = 3 BEGIN SELECT RAISE(${kind}, 'no'); END`,
      );
      const [first, bad, second, read] = bench.run(
        publish("tea", "a"),
        publish("tea", "bad"),
        publish("tea", "b"),
        position("tea"),
      );
      assert.deepEqual(first, { answer: { position: { stream: "s_tea", offset: 1 }, duplicate: false } });
      assert.partialDeepStrictEqual(bad, { failure: { code: "unavailable" } });
      assert.deepEqual(second, { answer: { position: { stream: "s_tea", offset: 2 }, duplicate: false } });
      assert.deepEqual(read, { answer: { stream: "s_tea", offset: 2 } });
      const [again] = bench.run(publish("tea", "bad2"));
      assert.partialDeepStrictEqual(again, { answer: { duplicate: false } });
    });
  }

  test("still answers reads when nothing can be written at all", () => {
    using bench = new Bench();
    bench.run(publish("tea", "a"));
    bench.nowMs += 61_000;
    bench.database.exec("PRAGMA query_only = ON");
    const [read, written] = bench.run(position("tea"), publish("tea", "b"));
    assert.deepEqual(read, { answer: { stream: "s_tea", offset: 1 } });
    assert.partialDeepStrictEqual(written, { failure: { code: "read-only" } });
    bench.database.exec("PRAGMA query_only = OFF");
    assert.partialDeepStrictEqual(bench.run(publish("tea", "b"))[0], { answer: { duplicate: false } });
  });
});

describe("Store: what no longer matters", () => {
  test("is deleted with the batches that follow, until the tables are as they were", () => {
    using bench = new Bench();
    for (let count = 0; count < 100; count += 1) {
      bench.run(
        publish(`channel ${count}`),
        { type: "append-revocation", bytes: new Uint8Array(1), ttlMs: 1_000 },
        { type: "take", key: `key ${count}`, cost: 1, budget: { perSecond: 1, burst: 2 } },
      );
    }
    bench.sweep(200);
    const tables = ["channels", "items", "idempotency_keys", "revocations", "budgets"];
    for (const table of tables) assert.equal(bench.rows(table), 100, table);
    bench.nowMs += 300_000;
    bench.sweep(50);
    for (const table of tables) assert.equal(bench.rows(table), 0, table);
  });

  test("goes a few rows at a time, while readers see none of it from the start", () => {
    using bench = new Bench();
    for (let count = 0; count < 1_000; count += 1) bench.run(publish("tea", `${count}`));
    bench.run(publish("tea", "last", { ...plenty, messages: 10 }));
    const left = bench.rows("items");
    assert(left >= 900, `${1_001 - left} rows were deleted at once`);
    const [page] = bench.run({ type: "history", channel: "tea", query: { limit: 1_000 }, newStream: "s_new" });
    assert(page !== undefined && "answer" in page && page.answer !== undefined && "items" in page.answer);
    assert.deepEqual(
      page.answer.items.map(({ offset }) => offset),
      Array.from({ length: 10 }, (_, index) => index + 992),
    );
    bench.sweep(50);
    assert.equal(bench.rows("items"), 10);
  });

  test("is not a channel that is watched, that was read lately, or that has history left", () => {
    using bench = new Bench();
    const none = { messages: 0, bytes: 0, ttlMs: 0 };
    bench.run(publish("watched", "x", none), publish("read", "x", none), publish("quiet", "x", none));
    bench.run(publish("kept", "x", { ...plenty, ttlMs: 3_600_000 }), {
      ...position("watched"),
      type: "watch",
    } as Request);
    bench.nowMs += 200_000;
    bench.run(position("read"));
    bench.nowMs += 200_000;
    bench.sweep(20);
    assert.deepEqual(
      bench.database
        .prepare("SELECT name FROM channels ORDER BY name")
        .all()
        .map((row) => row["name"]),
      ["kept", "read", "watched"],
    );
    bench.run({ type: "unwatch", channel: "watched" });
    bench.nowMs += 300_000;
    bench.sweep(20);
    assert.equal(bench.rows("channels"), 1);
  });
});

describe("Store: budgets of more keys than it remembers", () => {
  test("lose those that would be full soonest, and never the one that is used up", () => {
    using bench = new Bench(10);
    const budget = { perSecond: 1, burst: 100 };
    bench.run({ type: "take", key: "spent", cost: 100, budget });
    for (let count = 0; count < 1_000; count += 1) bench.run({ type: "take", key: `key ${count}`, cost: 1, budget });
    assert.equal(bench.rows("budgets"), 10);
    const [spent] = bench.run({ type: "take", key: "spent", cost: 1, budget });
    assert.deepEqual(spent, { answer: { ok: false, retryAfterMs: 1_000 } });
  });
});

import type { DatabaseSync } from "node:sqlite";
import { BudgetTable } from "./budget-table.ts";
import { ChannelTable } from "./channel-table.ts";
import { ChannelUses } from "./channel-uses.ts";
import { KeyTable } from "./key-table.ts";
import type { Answers, Batch, Failure, Outcome, Request } from "./request.ts";
import { RevocationTable } from "./revocation-table.ts";
import { Sweep } from "./sweep.ts";

/** What a {@link Store} is made with. */
export interface StoreParts {
  readonly database: DatabaseSync;
  readonly maxBudgetKeys: number;
  /** The engine's time. */
  readonly openedMs: number;
  /** Says why a request failed. */
  readonly explain: (error: unknown) => Failure;
}

/** Carries out batches of requests, each in one transaction. It has no clock, no randomness and no thread of its own. */
export class Store {
  readonly #database: DatabaseSync;
  readonly #explain: (error: unknown) => Failure;
  readonly #channels: ChannelTable;
  readonly #uses: ChannelUses;
  readonly #revocations: RevocationTable;
  readonly #budgets: BudgetTable;
  readonly #sweep: Sweep;

  constructor({ database, maxBudgetKeys, openedMs, explain }: StoreParts) {
    this.#database = database;
    this.#explain = explain;
    const keys = new KeyTable(database);
    this.#channels = new ChannelTable(database, keys);
    this.#uses = new ChannelUses(openedMs);
    this.#revocations = new RevocationTable(database);
    this.#budgets = new BudgetTable(database, maxBudgetKeys);
    this.#sweep = new Sweep(database, {
      channels: this.#channels,
      keys,
      uses: this.#uses,
      revocations: this.#revocations,
      budgets: this.#budgets,
    });
  }

  /**
   * The outcomes of a batch, in its order, once they are durable. When the batch cannot be committed as a whole, each
   * request is tried by itself, so that one that cannot be written takes no other with it and reads are answered on a
   * full disk.
   */
  run({ nowMs, requests }: Batch): Outcome[] {
    try {
      return this.#commit(nowMs, requests, () => this.#sweep.run(nowMs));
    } catch {
      // The reason comes up again with the request it belongs to, or it has passed.
      this.#sweepAlone(nowMs);
      return requests.flatMap((request) => this.#runAlone(nowMs, request));
    }
  }

  #runAlone(nowMs: number, request: Request): Outcome[] {
    try {
      return this.#commit(nowMs, [request]);
    } catch (error) {
      return [{ failure: this.#explain(error) }];
    }
  }

  /** What it deletes may be the room that is missing. */
  #sweepAlone(nowMs: number): void {
    try {
      this.#commit(nowMs, [], () => this.#sweep.run(nowMs));
    } catch {
      // It is tried again with the next batch; requests fail by themselves with the reason.
    }
  }

  #commit(nowMs: number, requests: readonly Request[], first?: () => void): Outcome[] {
    this.#database.exec("BEGIN");
    try {
      first?.();
      const outcomes = requests.map((request) => ({ answer: this.#answer(request, nowMs) }));
      this.#database.exec("COMMIT");
      for (const request of requests) this.#noteUse(request, nowMs);
      return outcomes;
    } catch (error) {
      this.#budgets.rolledBack();
      // SQLite may have rolled back by itself.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  #answer(request: Request, nowMs: number): Answers[Request["type"]] {
    switch (request.type) {
      case "publish":
        return this.#channels.publish(request, request.newStream, nowMs);
      case "watch":
      case "position":
        return this.#channels.position(request.channel, request.newStream, nowMs);
      case "unwatch":
        return undefined;
      case "history":
        return this.#channels.history(request.channel, request.query, request.newStream, nowMs);
      case "append-revocation":
        return this.#revocations.append(request.bytes, request.ttlMs, nowMs);
      case "read-revocations":
        return this.#revocations.read(request.since, nowMs);
      case "take":
        return this.#budgets.take(request.key, request.cost, request.budget, nowMs);
      default:
        return request satisfies never;
    }
  }

  #noteUse(request: Request, nowMs: number): void {
    if (!("channel" in request)) return;
    if (request.type === "watch") this.#uses.watch(request.channel);
    if (request.type === "unwatch") this.#uses.unwatch(request.channel);
    // A publication has written down its use.
    if (request.type !== "publish") this.#uses.use(request.channel, nowMs);
  }
}

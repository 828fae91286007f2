import { checkTake } from "../arguments.ts";
import type { Budget, Budgets, Taken } from "../budgets.ts";
import type { StoreThread } from "./store-thread.ts";

/** The budgets on a store: a restart fills none of them. */
export class SqliteBudgets implements Budgets {
  readonly #thread: StoreThread;

  constructor(thread: StoreThread) {
    this.#thread = thread;
  }

  async take(key: string, cost: number, budget: Budget): Promise<Taken> {
    checkTake(key, cost, budget);
    return this.#thread.ask({ type: "take", key, cost, budget });
  }
}

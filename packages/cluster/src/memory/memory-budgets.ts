import { checkTake } from "../arguments.ts";
import { type Bucket, takeFrom } from "../bucket.ts";
import type { Budget, Budgets, Taken } from "../budgets.ts";
import { ClusterError } from "../cluster-error.ts";
import { AgedMap } from "./aged-map.ts";

/** Keys looked at with each take: more than it can add, and few, so that none waits. */
const keysPerTake = 2;

/** The budgets of a single process, of at most `maxKeys` keys: past that the one used longest ago is forgotten early. */
export class MemoryBudgets implements Budgets {
  readonly #maxKeys: number;
  readonly #now: () => number;
  readonly #buckets = new AgedMap<{ readonly bucket: Bucket; readonly fullMs: number }>();
  #closed = false;

  /** `now` is in milliseconds and never goes back. */
  constructor(maxKeys: number, now: () => number) {
    this.#maxKeys = maxKeys;
    this.#now = now;
  }

  /** How many keys take memory, full ones that have not been taken away included. */
  get size(): number {
    return this.#buckets.size;
  }

  async take(key: string, cost: number, budget: Budget): Promise<Taken> {
    checkTake(key, cost, budget);
    if (this.#closed) throw new ClusterError("closed", "budgets have been closed; make a new cluster to go on");
    const nowMs = Math.floor(this.#now());
    this.#sweep(nowMs);
    const { taken, bucket, fullMs } = takeFrom(this.#buckets.get(key)?.bucket, cost, budget, nowMs);
    if (!taken.ok) return taken;
    this.#buckets.set(key, { bucket, fullMs });
    if (this.#buckets.size > this.#maxKeys) this.#forgetOldest();
    return taken;
  }

  /** Forgets everything; idempotent. */
  close(): void {
    this.#closed = true;
    this.#buckets.clear();
  }

  #sweep(nowMs: number): void {
    for (let count = 0; count < keysPerTake; count += 1) {
      const { oldest } = this.#buckets;
      if (oldest === undefined || oldest.value.fullMs > nowMs) return;
      this.#forgetOldest();
    }
  }

  #forgetOldest(): void {
    const { oldest } = this.#buckets;
    if (oldest !== undefined) this.#buckets.delete(oldest.key);
  }
}

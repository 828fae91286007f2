/**
 * Budgets: rates that all gateway processes keep together, such as failed logins of one account. `test/budgets-suite.ts`
 * states these promises as tests.
 *
 * - What is taken of a key at once is bounded by its burst, what is taken over time by its rate, in all processes.
 * - A key that has not been used is full. A refused take takes nothing.
 * - Time going back gives nothing and takes nothing away.
 * - An engine forgets a key before it is full again only at a bound it documents.
 */

/** How fast a budget comes back, and how much of it there can be. Whoever asks says it; nothing of it is kept. */
export interface Budget {
  /** What comes back each second; above 0. */
  readonly perSecond: number;
  /** The most there can be, and what a new key begins with; above 0. */
  readonly burst: number;
}

/** Whether the cost was taken, and if not when it could be, if nobody takes any before. */
export type Taken = { readonly ok: true } | { readonly ok: false; readonly retryAfterMs: number };

/**
 * See the head of this file.
 *
 * All methods reject with a `ClusterError`: `invalid-argument` for what no engine takes, `closed` after the cluster was
 * closed, else the code that says why the engine cannot do it now.
 */
export interface Budgets {
  /**
   * Takes `cost` of a key's budget, or nothing.
   *
   * @param key opaque; not empty, and without lone surrogates.
   * @param cost above 0 and at most the burst.
   */
  take(key: string, cost: number, budget: Budget): Promise<Taken>;
}

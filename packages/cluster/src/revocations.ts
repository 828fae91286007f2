/**
 * Revocations: the list of what is no longer to be believed, shared by all gateway processes. `test/revocations-suite.ts`
 * states these promises as tests.
 *
 * - Entries have offsets 1, 2, 3, …; every subscriber is given every entry that is appended after it subscribed, in that
 *   order, once.
 * - `append` resolves after the entry can be read and, in this process, after subscribers were called.
 * - An entry can be read until its `ttlMs` is over, whatever else is appended: no bound of an engine's own drops it
 *   before. An engine that cannot take another one refuses it (`unavailable`).
 * - Whoever subscribes and then reads from 0 has missed nothing; whoever lost the engine for a while reads from the
 *   offset it knows last.
 * - Entries are opaque.
 */
import type { Unsubscribe } from "./broker.ts";

/** One entry of the list. `bytes` must not be changed by anyone. */
export interface RevocationEntry {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Part of the list. */
export interface RevocationPage {
  /** Those still kept, oldest first. */
  readonly entries: readonly RevocationEntry[];
  /** The offset to read from next: that of the newest entry there has been, or 0. */
  readonly watermark: number;
}

/**
 * See the head of this file.
 *
 * All methods reject with a `ClusterError`: `invalid-argument` for what no engine takes, `closed` after the cluster was
 * closed, `unavailable` when the engine does not answer.
 */
export interface Revocations {
  /**
   * Adds an entry.
   *
   * @param bytes kept and handed out as they are, not copied: nobody may change them afterwards.
   * @param ttlMs how long it matters; more than 0.
   */
  append(bytes: Uint8Array, ttlMs: number): Promise<{ readonly offset: number }>;
  /** The entries with an offset above `since`, 0 for all of them. */
  read(since: number): Promise<RevocationPage>;
  /**
   * Calls `listener` for every entry appended from now on, from whichever process. It must not throw; when it does,
   * neither whoever appended nor other subscribers notice.
   */
  subscribe(listener: (entry: RevocationEntry) => void): Promise<{ readonly unsubscribe: Unsubscribe }>;
}

/**
 * Presence: which connections, of whichever process, are in a channel. `test/presence-suite.ts` states these promises
 * as tests.
 *
 * - `list` gives every entry whose `add` has resolved and whose `remove` has not been asked for, once, in no order.
 * - An id is in a channel at most once: adding it again replaces its description.
 * - An entry belongs to the handle it was added through, that is to a process. The entries of a process that died are
 *   gone by themselves; those of a living process stay, however long it was busy. Seeing to that, by a heartbeat where
 *   it takes one, is the engine's work and not its caller's.
 * - A channel without entries takes no memory.
 * - Nobody is told of a change here: the gateway announces it to the members through the broker.
 * - Channel keys, ids and descriptions are opaque.
 */

/** One connection in a channel. */
export interface PresenceEntry {
  /** The connection's id; not empty. */
  readonly id: string;
  /** The gateway's description of it, not copied: nobody may change it afterwards. */
  readonly bytes: Uint8Array;
}

/**
 * See the head of this file.
 *
 * All methods reject with a `ClusterError`: `invalid-argument` for an empty channel or id, `closed` after the cluster
 * was closed, `unavailable` when the engine does not answer.
 */
export interface Presence {
  add(channel: string, entry: PresenceEntry): Promise<void>;
  /** Does nothing when the channel has no such entry. */
  remove(channel: string, id: string): Promise<void>;
  /**
   * The entries at this moment, in an array of the caller's own; an unknown channel has none.
   *
   * @param limit the most to give, 1 or more; all of them when left out.
   */
  list(channel: string, limit?: number): Promise<readonly PresenceEntry[]>;
  /** How many entries the channel has at this moment. */
  count(channel: string): Promise<number>;
}

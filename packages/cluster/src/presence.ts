/**
 * Presence: which connections, of whichever process, are in a channel. `test/presence-suite.ts` states these promises
 * as tests.
 *
 * - `list` gives every entry whose `add` has resolved and whose `remove` has not been asked for, once, in no order.
 * - An id is in a channel at most once: adding it again replaces its description.
 * - Entries of a process that died expire by themselves; those of a living process do not.
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
  /** The entries at this moment, in an array of the caller's own; an unknown channel has none. */
  list(channel: string): Promise<readonly PresenceEntry[]>;
}

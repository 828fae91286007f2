import { checkBound, checkName } from "../arguments.ts";
import { ClusterError } from "../cluster-error.ts";
import type { Presence, PresenceEntry } from "../presence.ts";

/** The presence of a single process: when it dies its entries die with it, so nothing expires. */
export class MemoryPresence implements Presence {
  readonly #channels = new Map<string, Map<string, PresenceEntry>>();
  #closed = false;

  async add(channel: string, entry: PresenceEntry): Promise<void> {
    this.#check(channel);
    checkName("id", entry.id);
    let entries = this.#channels.get(channel);
    if (entries === undefined) {
      entries = new Map();
      this.#channels.set(channel, entries);
    }
    entries.set(entry.id, entry);
  }

  async remove(channel: string, id: string): Promise<void> {
    this.#check(channel);
    checkName("id", id);
    const entries = this.#channels.get(channel);
    if (entries?.delete(id) === true && entries.size === 0) this.#channels.delete(channel);
  }

  async list(channel: string, limit?: number): Promise<readonly PresenceEntry[]> {
    this.#check(channel);
    if (limit !== undefined) checkBound("limit", limit);
    const entries: PresenceEntry[] = [];
    for (const entry of this.#channels.get(channel)?.values() ?? []) {
      if (entries.length === limit) break;
      entries.push(entry);
    }
    return entries;
  }

  async count(channel: string): Promise<number> {
    this.#check(channel);
    return this.#channels.get(channel)?.size ?? 0;
  }

  /** Forgets everything; idempotent. */
  close(): void {
    this.#closed = true;
    this.#channels.clear();
  }

  #check(channel: string): void {
    checkName("channel", channel);
    if (this.#closed) throw new ClusterError("closed", "presence has been closed; make a new cluster to go on");
  }
}

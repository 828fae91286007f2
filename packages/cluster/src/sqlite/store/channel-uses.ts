import { AgedMap } from "../../memory/aged-map.ts";

/** How long a channel's stream goes on after its last use when it has no history; the broker's promise. */
const idleMs = 300_000;

/** Uses remembered at most; past that the oldest is forgotten, and its channel may begin a new stream when it is empty. */
const maxUses = 100_000;

/**
 * Which channels are watched, and which have been used without being written to. It stands in memory only: a reader
 * costs no commit. All channels count as used when the store was opened.
 */
export class ChannelUses {
  readonly #openedMs: number;
  readonly #watchers = new Map<string, number>();
  readonly #usedMs = new AgedMap<number>();

  constructor(openedMs: number) {
    this.#openedMs = openedMs;
  }

  watch(channel: string): void {
    this.#watchers.set(channel, (this.#watchers.get(channel) ?? 0) + 1);
  }

  unwatch(channel: string): void {
    const left = (this.#watchers.get(channel) ?? 1) - 1;
    if (left > 0) this.#watchers.set(channel, left);
    else this.#watchers.delete(channel);
  }

  /** Notes a use, a read too. */
  use(channel: string, nowMs: number): void {
    this.#usedMs.set(channel, nowMs);
    const { size, oldest } = this.#usedMs;
    if (size > maxUses && oldest !== undefined) this.#usedMs.delete(oldest.key);
  }

  /** Whether nobody watches the channel and nobody has used it for five minutes; `used_ms` is when it was written to. */
  isIdle({ name, used_ms: writtenMs }: { readonly name: string; readonly used_ms: number }, nowMs: number): boolean {
    if (this.#watchers.has(name)) return false;
    const latestMs = Math.max(this.#openedMs, writtenMs, this.#usedMs.get(name) ?? 0);
    return nowMs - latestMs >= idleMs;
  }

  /** Forgets up to `most` uses that no longer matter. */
  forgetOld(most: number, nowMs: number): void {
    for (let count = 0; count < most; count += 1) {
      const { oldest } = this.#usedMs;
      if (oldest === undefined || nowMs - oldest.value < idleMs) return;
      this.#usedMs.delete(oldest.key);
    }
  }
}

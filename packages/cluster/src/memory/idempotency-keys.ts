import type { StreamPosition } from "../broker.ts";
import { AgedMap } from "./aged-map.ts";

/** How long a key is remembered; the broker's promise. */
const idempotencyTtlMs = 300_000;

/** Expired keys taken away with each call: more than one, so that they cannot pile up, and few, so that no call waits. */
const expiredPerCall = 4;

/** The idempotency keys of all channels of a broker, at most `maxKeys`: past that the oldest are forgotten early. */
export class IdempotencyKeys {
  readonly #maxKeys: number;
  readonly #published = new AgedMap<Remembered>();

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  /** How many take memory, expired ones that have not been taken away included. */
  get size(): number {
    return this.#published.size;
  }

  /** Where the item with this key was published, if that is remembered. */
  find(channel: string, key: string, nowMs: number): StreamPosition | undefined {
    const known = this.#published.get(nameOf(channel, key));
    return known !== undefined && !isExpired(known, nowMs) ? known.position : undefined;
  }

  /** Remembers where the item with this key was published. */
  remember(channel: string, key: string, position: StreamPosition, nowMs: number): void {
    this.#published.set(nameOf(channel, key), { position, publishedMs: nowMs });
    if (this.#published.size > this.#maxKeys) this.#forgetOldest();
  }

  /** Takes away a few expired keys. */
  sweep(nowMs: number): void {
    for (let count = 0; count < expiredPerCall; count += 1) {
      const { oldest } = this.#published;
      if (oldest === undefined || !isExpired(oldest.value, nowMs)) return;
      this.#published.delete(oldest.key);
    }
  }

  clear(): void {
    this.#published.clear();
  }

  #forgetOldest(): void {
    const { oldest } = this.#published;
    if (oldest !== undefined) this.#published.delete(oldest.key);
  }
}

interface Remembered {
  readonly position: StreamPosition;
  readonly publishedMs: number;
}

function isExpired({ publishedMs }: Remembered, nowMs: number): boolean {
  return nowMs - publishedMs >= idempotencyTtlMs;
}

/** The length keeps ("a", "bc") apart from ("ab", "c"). */
function nameOf(channel: string, key: string): string {
  return `${channel.length}:${channel}${key}`;
}

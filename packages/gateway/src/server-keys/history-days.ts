import { type HistoryKek, historyKek } from "@wardwire/crypto/history/history-keys";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { GatewayError } from "../gateway-error.ts";
import { historyDays, historyKeyPath, type KeyStore, openSecret, sealSecret } from "./key-store.ts";
import { hex } from "./published-bundles.ts";
import type { HistoryKeks } from "./server-keys.ts";

/**
 * The history keys of days, a file each (HR-3). Gateways on one folder agree: the first to make a day's file makes its key,
 * and the others read it. Days are those of UTC.
 */
export class HistoryDays implements HistoryKeks {
  readonly #store: KeyStore;
  readonly #lifetimeMs: number;
  readonly #now: () => number;
  readonly #days = new Map<string, HistoryKek>();
  readonly #byId = new Map<string, HistoryKek>();
  #disposed = false;

  /**
   * @param lifetimeMs the longest life of history: a key is erased when that and a day have passed since the end of its day
   * @param now milliseconds since 1970
   */
  constructor(store: KeyStore, lifetimeMs: number, now: () => number) {
    this.#store = store;
    this.#lifetimeMs = lifetimeMs;
    this.#now = now;
  }

  /** The key of today; of the last day before where today's could not be made. */
  get current(): HistoryKek {
    const today = dayOf(this.#now());
    const days = [...this.#days.keys()].toSorted();
    const kek = this.#days.get(days.findLast((day) => day <= today) ?? days[0] ?? today);
    if (kek === undefined) throw new GatewayError("closed", "the server keys have been closed");
    return kek;
  }

  of(id: Uint8Array): HistoryKek | undefined {
    return this.#byId.get(hex(id));
  }

  /**
   * Erases what is over, reads what others have made, and makes the keys of today and tomorrow.
   *
   * @throws GatewayError as `openSecret`, and `file-unavailable` when a file cannot be written
   */
  async keep(): Promise<void> {
    const nowMs = this.#now();
    for (const day of this.#known()) {
      if (endOf(day) + this.#lifetimeMs + dayMs < nowMs) this.#erase(day);
      else if (!this.#days.has(day)) await this.#load(day);
    }
    for (const day of [dayOf(nowMs), dayOf(nowMs + dayMs)]) if (!this.#days.has(day)) await this.#make(day);
  }

  /** Disposes of every key. */
  dispose(): void {
    this.#disposed = true;
    for (const kek of this.#days.values()) kek.secret.dispose();
    this.#days.clear();
    this.#byId.clear();
  }

  #known(): readonly string[] {
    return [...new Set([...historyDays(this.#store.files), ...this.#days.keys()])];
  }

  async #load(day: string): Promise<void> {
    const name = historyKeyPath(day);
    const secret = await openSecret(this.#store, "history", name);
    if (secret.length !== kekBytes) {
      const found = secret.length;
      secret.dispose();
      const path = this.#store.files.at(name);
      throw new GatewayError(
        "server-keys-invalid",
        `${path}: expected a history key of ${kekBytes} bytes, got ${found}`,
      );
    }
    if (this.#disposed) return secret.dispose();
    const kek = historyKek(nodePrimitives, secret);
    this.#days.set(day, kek);
    this.#byId.set(hex(kek.id), kek);
  }

  async #make(day: string): Promise<void> {
    const secret = SecretBytes.random(kekBytes);
    try {
      await sealSecret(this.#store, "history", historyKeyPath(day), secret, "create");
    } finally {
      secret.dispose();
    }
    // Also when it was made here: of two that made it at once, both read what has stayed.
    await this.#load(day);
  }

  #erase(day: string): void {
    this.#store.files.remove(historyKeyPath(day));
    const kek = this.#days.get(day);
    if (kek === undefined) return;
    this.#days.delete(day);
    this.#byId.delete(hex(kek.id));
    kek.secret.dispose();
  }
}

const kekBytes = 32;
const dayMs = 86_400_000;

/** `2026-11-21`. */
function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function endOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) + dayMs;
}

import { checkOffset, checkTtl } from "../arguments.ts";
import type { Unsubscribe } from "../broker.ts";
import { ClusterError } from "../cluster-error.ts";
import { Delivery } from "../delivery.ts";
import type { RevocationEntry, RevocationPage, Revocations } from "../revocations.ts";

/** The revocations of a single process. It takes memory for every entry that still matters; operators make them. */
export class MemoryRevocations implements Revocations {
  readonly #now: () => number;
  readonly #delivery: Delivery;
  #entries: { readonly entry: RevocationEntry; readonly endsMs: number }[] = [];
  /** The earliest end of all entries, so that most operations look at none. */
  #nextEndMs = Number.POSITIVE_INFINITY;
  #watermark = 0;
  #closed = false;

  /** `now` is in milliseconds and never goes back; `onListenerError` hears what a listener threw. */
  constructor(now: () => number, onListenerError: (error: unknown) => void) {
    this.#now = now;
    this.#delivery = new Delivery(onListenerError);
  }

  async append(bytes: Uint8Array, ttlMs: number): Promise<{ readonly offset: number }> {
    checkTtl(ttlMs);
    const nowMs = this.#begin();
    this.#watermark += 1;
    const entry = { offset: this.#watermark, bytes };
    this.#entries.push({ entry, endsMs: nowMs + ttlMs });
    this.#nextEndMs = Math.min(this.#nextEndMs, nowMs + ttlMs);
    this.#delivery.deliver(entry);
    return { offset: entry.offset };
  }

  async read(since: number): Promise<RevocationPage> {
    checkOffset(since);
    this.#begin();
    const entries = this.#entries.map(({ entry }) => entry).filter(({ offset }) => offset > since);
    return { entries, watermark: this.#watermark };
  }

  async subscribe(listener: (entry: RevocationEntry) => void): Promise<{ readonly unsubscribe: Unsubscribe }> {
    this.#begin();
    const subscriber = { after: this.#watermark, listener };
    this.#delivery.add(subscriber);
    return { unsubscribe: () => this.#delivery.remove(subscriber) };
  }

  /** Forgets everything; idempotent. */
  close(): void {
    this.#closed = true;
    this.#entries = [];
    this.#delivery.stop();
  }

  /** Forgets what no longer matters and tells the time. */
  #begin(): number {
    if (this.#closed) throw new ClusterError("closed", "revocations have been closed; make a new cluster to go on");
    const nowMs = this.#now();
    if (nowMs >= this.#nextEndMs) this.#forgetEnded(nowMs);
    return nowMs;
  }

  #forgetEnded(nowMs: number): void {
    this.#entries = this.#entries.filter(({ endsMs }) => endsMs > nowMs);
    this.#nextEndMs = this.#entries.reduce((least, { endsMs }) => Math.min(least, endsMs), Number.POSITIVE_INFINITY);
  }
}

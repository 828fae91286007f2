import { checkOffset, checkTtl } from "../arguments.ts";
import type { Unsubscribe } from "../broker.ts";
import { Delivery } from "../delivery.ts";
import type { RevocationEntry, RevocationPage, Revocations } from "../revocations.ts";
import type { StoreThread } from "./store-thread.ts";

/** The revocations on a store: an entry is delivered once it is committed. */
export class SqliteRevocations implements Revocations {
  readonly #thread: StoreThread;
  readonly #delivery: Delivery;

  /** `onListenerError` hears what a listener threw. */
  constructor(thread: StoreThread, onListenerError: (error: unknown) => void) {
    this.#thread = thread;
    this.#delivery = new Delivery(onListenerError);
  }

  async append(bytes: Uint8Array, ttlMs: number): Promise<{ readonly offset: number }> {
    checkTtl(ttlMs);
    const appended = await this.#thread.ask({ type: "append-revocation", bytes: Uint8Array.from(bytes), ttlMs });
    this.#delivery.deliver({ offset: appended.offset, bytes });
    return appended;
  }

  async read(since: number): Promise<RevocationPage> {
    checkOffset(since);
    return this.#thread.ask({ type: "read-revocations", since });
  }

  async subscribe(listener: (entry: RevocationEntry) => void): Promise<{ readonly unsubscribe: Unsubscribe }> {
    const { watermark } = await this.#thread.ask({ type: "read-revocations", since: Number.MAX_SAFE_INTEGER });
    const subscriber = { after: watermark, listener };
    this.#delivery.add(subscriber);
    return { unsubscribe: () => this.#delivery.remove(subscriber) };
  }

  /** Ends all subscriptions; idempotent. */
  close(): void {
    this.#delivery.stop();
  }
}

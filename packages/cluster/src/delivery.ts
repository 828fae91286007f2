import type { StreamItem } from "./broker.ts";

/** Someone who is given the items of a stream with offsets above `after`. */
export interface Subscriber {
  readonly after: number;
  readonly listener: (item: StreamItem) => void;
}

/** Hands the items of one stream to its subscribers: synchronously, in order, whatever the listeners do. */
export class Delivery {
  readonly #subscribers = new Set<Subscriber>();
  readonly #onListenerError: (error: unknown) => void;
  readonly #queue: StreamItem[] = [];
  #running = false;
  #stopped = false;

  /** `onListenerError` hears what a listener threw; what it throws itself is dropped. */
  constructor(onListenerError: (error: unknown) => void) {
    this.#onListenerError = onListenerError;
  }

  /** Whether anybody is subscribed. */
  get watched(): boolean {
    return this.#subscribers.size > 0;
  }

  add(subscriber: Subscriber): void {
    if (!this.#stopped) this.#subscribers.add(subscriber);
  }

  remove(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
  }

  /** Removes all subscribers and takes no others; a delivery that is under way stops. */
  stop(): void {
    this.#stopped = true;
    this.#subscribers.clear();
  }

  /** Gives `item` to every subscriber; from within a listener, after the items before it have reached everybody. */
  deliver(item: StreamItem): void {
    this.#queue.push(item);
    if (this.#running) return;
    this.#running = true;
    // A listener that publishes makes the queue longer while it is walked.
    for (const next of this.#queue) this.#deliverOne(next);
    this.#queue.length = 0;
    this.#running = false;
  }

  #deliverOne(item: StreamItem): void {
    for (const { after, listener } of this.#subscribers) {
      if (item.offset <= after) continue;
      try {
        listener(item);
      } catch (error) {
        this.#report(error);
      }
    }
  }

  #report(error: unknown): void {
    try {
      this.#onListenerError(error);
    } catch {
      // Whoever publishes must not fail for what somebody else's error handler does.
    }
  }
}

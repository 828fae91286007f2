import { ClientError } from "../client-error.ts";

/**
 * Items that arrive on their own, for one reader at a time with `for await`. Holds at most `capacity` unread items.
 *
 * Nothing is lost silently: when the queue is full, newer items are dropped, and the reader, after the items that were
 * kept, gets one `overflow` error. A new `for await` goes on with what arrived after that. Leaving a loop keeps the rest
 * for the next one.
 */
export class BoundedQueue<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  readonly #items: T[] = [];
  #dropped = 0;
  #end: { readonly error: ClientError | undefined } | undefined;
  #reading = false;
  /** Lets the reader that waits look again. */
  #wake: (() => void) | undefined;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Adds an item; ignored after {@link end}. */
  push(item: T): void {
    if (this.#end !== undefined) return;
    if (this.#dropped === 0 && this.#items.length < this.#capacity) this.#items.push(item);
    else this.#dropped += 1;
    this.#wake?.();
  }

  /** Ends the iteration after the items still unread: quietly, or with `error`. The first call counts. */
  end(error?: ClientError): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  /** @throws ClientError `already-reading` while another iteration is under way. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    if (this.#reading) throw alreadyReading();
    this.#reading = true;
    return {
      next: () => this.#next(),
      return: async () => {
        this.#reading = false;
        this.#wake?.();
        return { done: true, value: undefined };
      },
    };
  }

  async #next(): Promise<IteratorResult<T, undefined>> {
    if (this.#wake !== undefined) throw alreadyReading();
    if (this.#reading && this.#items.length + this.#dropped === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = () => {
          this.#wake = undefined;
          resolve();
        };
      });
    }
    if (this.#reading && this.#items.length > 0) return { done: false, value: this.#items.shift() as T };
    this.#reading = false;
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (dropped > 0) throw new ClientError("overflow", `${dropped} items were dropped: read faster`);
    if (this.#end?.error !== undefined) throw this.#end.error;
    return { done: true, value: undefined };
  }
}

function alreadyReading(): ClientError {
  return new ClientError("already-reading", "somebody else is reading; end that loop first");
}

/** Something that gathers during a turn of the event loop and is written at its end. */
export interface Flushable {
  flush(): void;
}

/**
 * Gathers what is to be written in one turn of the event loop (WP-BATCH-1). The end of a turn is the check phase, after
 * every socket that was readable has been read: all that those messages caused leaves together.
 */
export class Turn {
  #waiting: Flushable[] = [];

  /** Has `flushable.flush()` called once at the end of this turn; the caller sees to it that it asks once a turn. */
  add(flushable: Flushable): void {
    if (this.#waiting.length === 0) setImmediate(() => this.#end());
    this.#waiting.push(flushable);
  }

  #end(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const flushable of waiting) flushable.flush();
  }
}

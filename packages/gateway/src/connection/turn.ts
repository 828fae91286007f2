/** Something that gathers during a turn of the event loop and is written at its end. */
export interface Flushable {
  flush(): void;
}

/**
 * Gathers what is to be written in one turn of the event loop (WP-BATCH-1). The end of a turn is the check phase, after
 * every socket that was readable has been read: all that those messages caused leaves together.
 */
export class Turn {
  #gathered: Flushable[] = [];
  #waiting: Flushable[] = [];

  /** Has `flushable.flush()` called once at the end of this turn; the caller sees to it that it asks once a turn. */
  add(flushable: Flushable): void {
    this.#begin();
    this.#waiting.push(flushable);
  }

  /** The same, before everything that was given to `add`: for what queues something itself. */
  addFirst(flushable: Flushable): void {
    this.#begin();
    this.#gathered.push(flushable);
  }

  #begin(): void {
    if (this.#waiting.length + this.#gathered.length === 0) setImmediate(() => this.#end());
  }

  #end(): void {
    const gathered = this.#gathered;
    for (const flushable of gathered) flushable.flush();
    const waiting = this.#waiting;
    this.#gathered = [];
    this.#waiting = [];
    for (const flushable of waiting) flushable.flush();
  }
}

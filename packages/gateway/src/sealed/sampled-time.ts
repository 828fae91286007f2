/** Measures how long short pieces of work take, one in many: a reading of the clock may cost as much as the work. */
export class SampledTime {
  readonly #now: () => number;
  readonly #report: (seconds: number) => void;
  #count = 0;

  /** @param now milliseconds that never go back */
  constructor(now: () => number, report: (seconds: number) => void) {
    this.#now = now;
    this.#report = report;
  }

  /** A piece of work begins: when, if it is measured. */
  begin(): number | undefined {
    this.#count = (this.#count + 1) % oneOf;
    return this.#count === 0 ? this.#now() : undefined;
  }

  /** It has ended; `startedAt` is what {@link begin} gave. */
  end(startedAt: number | undefined): void {
    if (startedAt !== undefined) this.#report((this.#now() - startedAt) / 1_000);
  }
}

const oneOf = 64;

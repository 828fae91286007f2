import type { Outcome, Timing } from "./outcome.ts";

/** Work that waits for outcomes on its way: `const key = yield* step(primitives.importAead(…))`. */
export type Steps<Result> = Generator<unknown, Result, unknown>;

/** Waits for one outcome of a backend inside {@link Steps}. */
export function* step<Value>(outcome: Value | Promise<Value>): Steps<Value> {
  return (yield outcome) as Value;
}

/**
 * Carries out work in steps: at once where every outcome is there, so that a synchronous backend costs no promise, else as
 * a promise.
 */
export function inSteps<When extends Timing, Result>(steps: Steps<Result>): Outcome<When, Result> {
  return resume(steps, steps.next()) as Outcome<When, Result>;
}

function resume<Result>(steps: Steps<Result>, first: IteratorResult<unknown, Result>): Result | Promise<Result> {
  let next = first;
  while (next.done !== true) {
    const outcome = next.value;
    if (outcome instanceof Promise) {
      return outcome.then(
        (value) => resume(steps, steps.next(value)),
        (error: unknown) => resume(steps, steps.throw(error)),
      );
    }
    next = steps.next(outcome);
  }
  return next.value;
}

/**
 * Carries out work one after another: a backend that answers later must not let the second record overtake the first.
 * What fails does not keep back what comes after it.
 */
export class InOrder<When extends Timing> {
  #last: Promise<unknown> | undefined;

  /** Carries out `begin` once everything before it has ended. */
  run<Result>(begin: () => Steps<Result>): Outcome<When, Result> {
    const carryOut = (): Result | Promise<Result> => inSteps<Timing, Result>(begin());
    const result = this.#last === undefined ? carryOut() : this.#last.then(carryOut);
    if (result instanceof Promise) this.#follow(result);
    return result as Outcome<When, Result>;
  }

  #follow(result: Promise<unknown>): void {
    const ended: Promise<void> = result.then(
      () => this.#forget(ended),
      () => this.#forget(ended),
    );
    this.#last = ended;
  }

  #forget(ended: Promise<void>): void {
    if (this.#last === ended) this.#last = undefined;
  }
}

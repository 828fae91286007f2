import type { TestEvent } from "node:test/reporters";

/**
 * Makes one test run out of several: each starts when the one before has ended, and the totals at the end are the sums
 * of all of them.
 */
export async function* runsInTurn(runs: readonly (() => AsyncIterable<TestEvent>)[]): AsyncGenerator<TestEvent> {
  const sums = new Map<string, number>();
  for (const [index, run] of runs.entries()) {
    const isLast = index === runs.length - 1;
    for await (const event of run()) {
      const total = totalOf(event);
      if (total !== undefined) {
        const sum = (sums.get(total.name) ?? 0) + total.count;
        sums.set(total.name, sum);
        if (isLast) yield diagnostic(`${total.name} ${sum}`);
      } else if (isLast || !isSummaryOfRun(event)) {
        yield event;
      }
    }
  }
}

/** The totals of a run are diagnostics that belong to no file, such as `tests 3` and `duration_ms 12.5`. */
function totalOf(event: TestEvent): { readonly name: string; readonly count: number } | undefined {
  if (event.type !== "test:diagnostic" || event.data.file !== undefined) return undefined;
  const [, name, count] = /^(\w+) ([\d.]+)$/.exec(event.data.message) ?? [];
  return name === undefined ? undefined : { name, count: Number(count) };
}

/** What makes a reporter list the failures: once, at the end. */
function isSummaryOfRun(event: TestEvent): boolean {
  return event.type === "test:summary" && event.data.file === undefined;
}

function diagnostic(message: string): TestEvent {
  return { type: "test:diagnostic", data: { nesting: 0, message, level: "info" } };
}

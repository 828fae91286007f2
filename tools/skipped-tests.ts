import type { TestEvent } from "node:test/reporters";

/** A test or a whole suite that did not run. */
export interface SkippedTest {
  readonly name: string;
  readonly reason: string;
}

/**
 * Passes the events of a test run through and adds, before the totals, a line for each skipped test or suite. Node counts
 * skipped tests but neither names them together nor counts a suite skipped as a whole. Fills `skipped` on the way.
 */
export async function* withSkipsListed(
  events: AsyncIterable<TestEvent>,
  skipped: SkippedTest[],
): AsyncGenerator<TestEvent> {
  for await (const event of events) {
    if (event.type === "test:pass" && isSkipped(event.data.skip)) {
      const reason =
        typeof event.data.skip === "string" && event.data.skip !== "" ? event.data.skip : "no reason given";
      skipped.push({ name: event.data.name, reason });
    }
    if (isFirstTotal(event)) yield* skipped.map(skipLine);
    yield event;
  }
}

function isSkipped(skip: string | boolean | undefined): boolean {
  return skip !== undefined && skip !== false;
}

/** The totals are diagnostics that belong to no file; `tests N` is the first of them. */
function isFirstTotal(event: TestEvent): boolean {
  return event.type === "test:diagnostic" && event.data.file === undefined && /^tests \d+$/.test(event.data.message);
}

function skipLine({ name, reason }: SkippedTest): TestEvent {
  return {
    type: "test:diagnostic",
    data: { nesting: 0, message: `skipped: ${name} — ${reason}`, level: "info" },
  };
}

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestEvent } from "node:test/reporters";
import { type SkippedTest, withSkipsListed } from "../skipped-tests.ts";

const details = { duration_ms: 1, type: "test" } as const;
const passed = (name: string, skip: string | boolean = false): TestEvent => ({
  type: "test:pass",
  data: { name, nesting: 0, testNumber: 1, testId: 1, parentId: undefined, tags: [], details, skip },
});
const total: TestEvent = { type: "test:diagnostic", data: { nesting: 0, message: "tests 3", level: "info" } };

async function list(events: readonly TestEvent[]): Promise<{ messages: string[]; skipped: SkippedTest[] }> {
  const skipped: SkippedTest[] = [];
  const messages: string[] = [];
  async function* source(): AsyncGenerator<TestEvent> {
    yield* events;
  }
  for await (const event of withSkipsListed(source(), skipped)) {
    if (event.type === "test:diagnostic") messages.push(event.data.message);
  }
  return { messages, skipped };
}

test("lists a skipped test by name and reason before the totals", async () => {
  const { messages, skipped } = await list([passed("runs"), passed("scans", "no sslscan here"), total]);
  assert.deepEqual(messages, ["skipped: scans — no sslscan here", "tests 3"]);
  assert.deepEqual(skipped, [{ name: "scans", reason: "no sslscan here" }]);
});

test("lists a test skipped without a reason", async () => {
  const { messages } = await list([passed("scans", true), total]);
  assert.deepEqual(messages, ["skipped: scans — no reason given", "tests 3"]);
});

test("lists nothing where nothing was skipped", async () => {
  const { messages, skipped } = await list([passed("runs"), passed("runs too", false), total]);
  assert.deepEqual({ messages, skipped }, { messages: ["tests 3"], skipped: [] });
});

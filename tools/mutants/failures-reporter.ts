import type { TestEvent } from "node:test/reporters";

/** Prints one JSON line `{ name, isFile }` for each failed test; a file that failed as a whole has `isFile`. */
export default async function* reportFailures(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type !== "test:fail") continue;
    // Node reports a process that could not load its file, or ended badly, as a test named after the file.
    const isFile = data.file !== undefined && data.nesting === 0 && data.file.endsWith(data.name);
    yield `${JSON.stringify({ name: data.name, isFile })}\n`;
  }
}

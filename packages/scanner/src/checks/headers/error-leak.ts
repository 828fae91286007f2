/** Traces of a program's inside that answers should not show. */
const traces: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["a stack trace of JavaScript", /\bat (?:[\w.<>$]+ )?\(?(?:file:\/\/|node:|\/|[A-Z]:\\)[^\s)]*:\d+:\d+\)?/],
  ["a stack trace of Python", /Traceback \(most recent call last\)|File "[^"]+", line \d+/],
  ["a stack trace of Java", /\bat [\w.$]+\([\w]+\.java:\d+\)/],
  ["a stack trace of .NET", /\bat [\w.`]+\([^)]*\) in [^\s]+:line \d+/],
  ["a stack trace of Go", /goroutine \d+ \[running\]/],
  ["a stack trace of Elixir or Ruby", /\(elixir [\d.]+\) lib\/|\.rb:\d+:in [`']/],
  ["a path of the server", /(?:\/(?:home|usr|var|opt|srv|app|root)\/[\w./-]+\.(?:[cm]?[jt]s|py|rb|php|java|go|ex)\b)/],
  ["an error of a database", /SQLSTATE\[|ORA-\d{5}|syntax error at or near|SQLITE_ERROR/],
];

/** What of a program's inside a text shows; undefined for nothing. */
export function leakIn(text: string): string | undefined {
  return traces.find(([, pattern]) => pattern.test(text))?.[0];
}

/** The place of the leak, short, as evidence. */
export function leakExcerpt(text: string): string {
  const at = traces.map(([, pattern]) => text.search(pattern)).find((index) => index >= 0) ?? 0;
  return JSON.stringify(text.slice(at, at + 160));
}

import type { ByteStream } from "./byte-stream.ts";
import { ProbeFailure } from "./probe-failure.ts";

/** A header's name and value. Order and repetition are what is sent. */
export type Header = readonly [name: string, value: string];

/** The head of a request, written as it stands: nothing is checked or added. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly version: string;
  readonly headers: readonly Header[];
}

/** The head of an answer. */
export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly Header[];
}

const mostHeadBytes = 65_536;

/** The bytes of a request's head; characters up to U+00FF are one byte each, so that illegal ones can be sent. */
export function encodeHead({ method, path, version, headers }: RequestHead): Buffer {
  const lines = [`${method} ${path} HTTP/${version}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/**
 * The next answer's head.
 *
 * @throws ProbeFailure `not-http`, `too-much` (more than 64 KiB), `ended`, `reset` or `timeout`.
 */
export async function readAnswer(stream: ByteStream, timeoutMs: number): Promise<Answer> {
  const isEnough = (unread: Buffer): boolean =>
    unread.includes("\r\n\r\n") || unread.length > mostHeadBytes || !looksLikeHttp(unread);
  const came = await stream.until(isEnough, timeoutMs);
  const unread = stream.peek();
  if (unread.length > 0 && !looksLikeHttp(unread)) {
    const shown = JSON.stringify(unread.toString("latin1", 0, 40));
    throw new ProbeFailure("not-http", `expected an HTTP answer, got ${shown}`);
  }
  if (!came) {
    const what = `${unread.length} bytes of an answer`;
    if (stream.end === undefined && unread.length === 0) {
      throw new ProbeFailure("timeout", `no answer within ${timeoutMs} ms`);
    }
    if (stream.end === undefined) throw new ProbeFailure("timeout", `only ${what} within ${timeoutMs} ms`);
    throw new ProbeFailure(stream.end, `the connection was ${stream.end === "reset" ? "reset" : "closed"} unanswered`);
  }
  const end = unread.indexOf("\r\n\r\n");
  if (end < 0) throw new ProbeFailure("too-much", `more than ${mostHeadBytes} bytes of headers`);
  return parseHead(stream.take(end + 4).toString("latin1", 0, end));
}

/**
 * The beginning of an answer's body: up to `mostBytes`, or what came within `timeoutMs`, as UTF-8.
 */
export async function readBody(
  stream: ByteStream,
  answer: Answer,
  { mostBytes, timeoutMs }: { readonly mostBytes: number; readonly timeoutMs: number },
): Promise<string> {
  const length = Number(headerOf(answer, "content-length") ?? mostBytes);
  const wanted = Math.min(Number.isInteger(length) ? length : mostBytes, mostBytes);
  await stream.until((unread) => unread.length >= wanted || unread.includes("\r\n0\r\n\r\n"), timeoutMs);
  return stream.take(Math.min(wanted, stream.peek().length)).toString("utf8");
}

/** The values of a header, joined by commas; undefined when there is none. */
export function headerOf({ headers }: Answer, name: string): string | undefined {
  const values = valuesOf(headers, name);
  return values.length === 0 ? undefined : values.join(", ");
}

/** The values of a header, one for each line. */
export function valuesOf(headers: readonly Header[], name: string): string[] {
  return headers.filter(([each]) => each.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

/** `101 Switching Protocols`, as evidence. */
export function statusLine({ status, reason }: Answer): string {
  return reason === "" ? `${status}` : `${status} ${reason}`;
}

function looksLikeHttp(bytes: Buffer): boolean {
  const begin = bytes.toString("latin1", 0, 5);
  return "HTTP/".startsWith(begin);
}

function parseHead(head: string): Answer {
  const [first = "", ...lines] = head.split("\r\n");
  const [, status, reason = ""] = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/.exec(first) ?? [];
  if (status === undefined) {
    throw new ProbeFailure("not-http", `expected an HTTP/1.1 status line, got ${JSON.stringify(first.slice(0, 80))}`);
  }
  const headers = lines.map((line): Header => {
    const colon = line.indexOf(":");
    return colon < 0 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { status: Number(status), reason, headers };
}

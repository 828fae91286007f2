import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { describe, test } from "node:test";
import { ByteStream } from "../../src/raw/byte-stream.ts";
import { type Answer, encodeHead, headerOf, readAnswer, readBody, valuesOf } from "../../src/raw/http.ts";

/** Reads the answer that a server gives by writing `text` and, unless it is to stay open, ending. */
async function answerTo(
  text: string,
  { stays = false } = {},
): Promise<{ readonly answer: Answer; readonly body: string }> {
  const [a, b] = duplexPair();
  using stream = new ByteStream(a);
  b.write(Buffer.from(text, "latin1"));
  if (!stays) b.end();
  const answer = await readAnswer(stream, 100);
  return { answer, body: await readBody(stream, answer, { mostBytes: 64, timeoutMs: 50 }) };
}

describe("readAnswer()", () => {
  test("reads status, headers in order, and the body's beginning", async () => {
    const text = "HTTP/1.1 403 Not here\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 4\r\n\r\nnope";
    const { answer, body } = await answerTo(text, { stays: true });
    assert.equal(answer.status, 403);
    assert.equal(answer.reason, "Not here");
    assert.deepEqual(valuesOf(answer.headers, "Set-Cookie"), ["a=1", "b=2"]);
    assert.equal(headerOf(answer, "SET-COOKIE"), "a=1, b=2");
    assert.equal(headerOf(answer, "Server"), undefined);
    assert.equal(body, "nope");
  });

  test("cuts a body that is longer than wanted", async () => {
    assert.equal((await answerTo(`HTTP/1.1 200 OK\r\n\r\n${"a".repeat(1_000)}`)).body.length, 64);
  });

  const bad: readonly (readonly [string, string, string])[] = [
    ["another protocol", "SSH-2.0-x\r\n", "not-http"],
    ["another version", "HTTP/2.0 200 OK\r\n\r\n", "not-http"],
    ["a status line that is none", "HTTP/1.1 OK\r\n\r\n", "not-http"],
    ["nothing at all", "", "ended"],
    ["half a head", "HTTP/1.1 200 OK\r\nA: b", "ended"],
    ["a head beyond 64 KiB", `HTTP/1.1 200 OK\r\nA: ${"b".repeat(70_000)}`, "too-much"],
  ];
  for (const [what, text, kind] of bad) {
    test(`fails with ${kind} for ${what}`, () => assert.rejects(answerTo(text), { name: "ProbeFailure", kind }));
  }

  test("fails with timeout when the rest does not come", () =>
    assert.rejects(answerTo("HTTP/1.1 200", { stays: true }), { kind: "timeout" }));
});

test("encodeHead() writes what it is given, repeated and illegal headers too", () => {
  const headers = [
    ["Origin", "a"],
    ["Origin", "b\u00ff"],
  ] as const;
  const head = encodeHead({ method: "GET", path: "/", version: "1.1", headers });
  assert.equal(head.toString("latin1"), "GET / HTTP/1.1\r\nOrigin: a\r\nOrigin: b\u00ff\r\n\r\n");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonCodec } from "@wardwire/wire/json";
import { gatewayDecodeLimits } from "@wardwire/wire/limits";
import { assertWireError, smallLimits, utf8 } from "./wire-assertions.ts";

const parse = (message: string | Uint8Array, limits = gatewayDecodeLimits): unknown[] =>
  jsonCodec.parse(message, limits);
const ping = { type: "ping" } as const;

test("encodes a frame as JSON.stringify does, and joins frames by newlines (WP-JSON-1)", () => {
  assert.equal(jsonCodec.encode(ping), '{"type":"ping"}');
  assert.equal(jsonCodec.join(['{"a":1}', '{"b":2}']), '{"a":1}\n{"b":2}');
  assert.equal(jsonCodec.join(['{"a":1}']), '{"a":1}');
});

test("does not join bytes into text", () => {
  assert.throws(() => jsonCodec.join(["{}", utf8("{}")]), TypeError);
});

test("takes blank lines, CRLF and a final newline (WP-JSON-1)", () => {
  assert.deepEqual(parse('\r\n\n{"a":1}\r\n \t\r\n{"b":2}\n\n'), [{ a: 1 }, { b: 2 }]);
});

test("finds no frame in an empty or blank message", () => {
  for (const message of ["", "\n", " \r\n\t\n", utf8("")]) assert.deepEqual(parse(message), []);
});

test("cuts at newlines between frames only, whatever stands in strings (WP-JSON-1)", () => {
  const value = { a: 'a\nb"\\', 'k{"[': ["\\", '\\"', "}]:,", "\u2028"] };
  assert.deepEqual(parse(`${JSON.stringify(value)}\n${JSON.stringify(value)}`), [value, value]);
});

test("takes the bytes of a text message (WP-JSON-2)", () => {
  assert.deepEqual(parse(utf8('{"a":"é😀"}')), [{ a: "é😀" }]);
});

const notUtf8: Record<string, number[]> = {
  "a lone continuation byte": [0x80],
  "an overlong slash": [0xc0, 0xaf],
  "an overlong newline": [0xe0, 0x80, 0x8a],
  "half of a surrogate pair": [0xed, 0xa0, 0x80],
  "a code point beyond U+10FFFF": [0xf4, 0x90, 0x80, 0x80],
  "a sequence cut short": [0xe2, 0x82],
};
for (const [what, wrong] of Object.entries(notUtf8)) {
  test(`refuses ${what} in bytes as malformed (WP-JSON-2, R24)`, () => {
    assertWireError(() => parse(new Uint8Array([...utf8('{"a":"'), ...wrong, ...utf8('"}')])), "malformed");
    assert.deepEqual(parse(utf8('{"a":"fine after a failure"}')), [{ a: "fine after a failure" }]);
  });
}

const notJson: Record<string, string> = {
  "a bare word": "hello",
  "a frame cut short": '{"a":1',
  "two frames on one line": '{"a":1}{"b":2}',
  "a frame over two lines": '{"a":\n1}',
  "a string left open": '{"a":"',
  "a string left open by an escape": '{"a":"\\"}',
  "a trailing comma": '{"a":1,}',
  "single quotes": "{'a':1}",
  "a comment": '{"a":1}//',
  NaN: '{"a":NaN}',
  "a leading zero": '{"a":01}',
  "a raw control character in a string": '{"a":"\u0001"}',
  "a byte order mark": '\ufeff{"a":1}',
  "a vertical tab between frames": '{"a":1}\u000b',
  "closing brackets alone": "}]}]",
};
for (const [what, text] of Object.entries(notJson)) {
  test(`refuses ${what} as malformed (WP-JSON-1)`, () => {
    assertWireError(() => parse(text), "malformed");
    assertWireError(() => parse(utf8(text)), "malformed");
  });
}

test("refuses the whole message for one malformed line (WP-FRAME-3)", () => {
  assertWireError(() => parse('{"a":1}\n{"b":'), "malformed");
});

test("does not put text of the message into the error", () => {
  assert.throws(
    () => parse('{"token":"s3cret"'),
    (error) => error instanceof Error && !error.message.includes("s3cret") && error.cause === undefined,
  );
});

for (const text of [
  '{"a":1,"a":1}',
  '{"x":{"a":1,"b":2,"a":3}}',
  '{"x":[0,{"a":null,"\\u0061":null}]}',
  '{"__proto__":1,"__proto__":2}',
]) {
  test(`refuses the duplicate key in ${text} (WP-DATA-5, R33)`, () => {
    assertWireError(() => parse(text), "malformed");
  });
}

test("takes one key in several objects, and colons inside strings (WP-DATA-5)", () => {
  const text = '{"a:a":{"a":"::"},"b":[{"a":1},{"a":2},[[]],{}],"":":"}';
  assert.deepEqual(parse(text), [JSON.parse(text)]);
});

test("takes a message of exactly the limit in bytes, and refuses one more (WP-LIMIT-1)", () => {
  for (const filler of ["a", "é", "€", "😀"]) {
    const size = utf8(filler).length;
    const room = smallLimits.maxMessageBytes - '{"a":""}'.length;
    const text = `{"a":"${filler.repeat(Math.floor(room / size))}${"-".repeat(room % size)}"}`;
    assert.equal(utf8(text).length, smallLimits.maxMessageBytes);
    assert.equal(parse(text, smallLimits).length, 1, filler);
    assert.equal(parse(utf8(text), smallLimits).length, 1, filler);
    assertWireError(() => parse(`${text} `, smallLimits), "message-too-big");
    assertWireError(() => parse(utf8(`${text} `), smallLimits), "message-too-big");
  }
});

test("takes exactly the limit in frames, and refuses one more (WP-LIMIT-1)", () => {
  assert.equal(parse("{}\n\n{}\n{}\n\n", smallLimits).length, 3);
  assertWireError(() => parse("{}\n{}\n{}\n{}", smallLimits), "bad-frame");
});

test("takes exactly the limit in depth, and refuses one more (WP-LIMIT-1, R33)", () => {
  assert.equal(parse('{"a":[{"b":[]}]}\n{"a":[[{}]]}', smallLimits).length, 2);
  assertWireError(() => parse('{"a":[{"b":[[]]}]}', smallLimits), "bad-frame");
  assertWireError(() => parse('{}\n{"a":[[[{}]]]}', smallLimits), "bad-frame");
  assert.deepEqual(parse('{"a":"[[[[{{{{"}', smallLimits), [{ a: "[[[[{{{{" }]);
});

test("refuses 100,000 nested lists and objects before they are parsed (WP-LIMIT-1, R33)", () => {
  const wide = { maxMessageBytes: 1_000_000, maxFrames: 64, maxDepth: 32 };
  for (const text of [
    "[".repeat(100_000),
    "[".repeat(100_000) + "]".repeat(100_000),
    `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`,
  ]) {
    assertWireError(() => parse(text, wide), "bad-frame");
  }
});

test("stays linear in escapes and quotes", () => {
  const wide = { maxMessageBytes: 2_000_000, maxFrames: 64, maxDepth: 32 };
  const started = performance.now();
  assert.equal(parse(`{"a":"${"\\\\".repeat(400_000)}"}`, wide).length, 1);
  assert.equal(parse(`{"a":"${'\\"'.repeat(400_000)}"}`, wide).length, 1);
  assertWireError(() => parse(`{"a":"${"\\".repeat(800_001)}"`, wide), "malformed");
  assert.ok(performance.now() - started < 2_000);
});

test("refuses too many bytes before it decodes them: as too big, whatever they are (WP-LIMIT-1)", () => {
  const limits = { maxMessageBytes: 8, maxFrames: 1, maxDepth: 4 };
  assert.throws(() => jsonCodec.parse(new Uint8Array(9).fill(0xff), limits), { code: "message-too-big" });
  assert.throws(() => jsonCodec.parse(new Uint8Array(8).fill(0xff), limits), { code: "malformed" });
});

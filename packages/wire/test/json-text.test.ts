import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonTextCodec } from "@wardwire/wire/json-text";
import { clientDecodeLimits } from "@wardwire/wire/limits";
import { assertWireError, smallLimits, utf8 } from "./wire-assertions.ts";

test("gives the frames of a text message (WP-JSON-1)", () => {
  assert.deepEqual(jsonTextCodec.parse('{"a":1}\r\n\n{"b":"\\"}{"}\n', clientDecodeLimits), [{ a: 1 }, { b: '"}{' }]);
});

test("refuses bytes, which a client's socket never gives for text", () => {
  assertWireError(() => jsonTextCodec.parse(utf8('{"a":1}'), clientDecodeLimits), "unsupported-data");
});

test("refuses what is not JSON as malformed (WP-JSON-1)", () => {
  for (const text of ["hello", '{"a":1', '{"a":"', "}"]) {
    assertWireError(() => jsonTextCodec.parse(text, clientDecodeLimits), "malformed");
  }
});

test("holds bytes, frames and depth against the limits (WP-LIMIT-1, R58)", () => {
  const fill = (length: number): string => `{"a":"${"a".repeat(length - '{"a":""}'.length)}"}`;
  assert.equal(jsonTextCodec.parse(fill(smallLimits.maxMessageBytes), smallLimits).length, 1);
  assertWireError(() => jsonTextCodec.parse(fill(smallLimits.maxMessageBytes + 1), smallLimits), "message-too-big");
  assertWireError(() => jsonTextCodec.parse("{}\n{}\n{}\n{}", smallLimits), "bad-frame");
  assertWireError(() => jsonTextCodec.parse('{"a":[{"b":[[]]}]}', smallLimits), "bad-frame");
});

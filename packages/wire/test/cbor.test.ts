import assert from "node:assert/strict";
import { test } from "node:test";
import { cborCodec } from "@wardwire/wire/cbor";
import type { GatewayFrame } from "@wardwire/wire/frames";
import { gatewayDecodeLimits } from "@wardwire/wire/limits";
import { assertWireError, bytes, smallLimits } from "./wire-assertions.ts";

const parse = (message: string | Uint8Array, limits = gatewayDecodeLimits): unknown[] =>
  cborCodec.parse(message, limits);

test("encodes keys by length and then by bytes, and numbers in their shortest form (WP-CBOR-1)", () => {
  const frame = { type: "message", channel: 7, offset: 256, message: "m", at: 1, data: [1.5, -1, 1e300] } as const;
  assert.deepEqual(
    cborCodec.encode(frame),
    bytes(
      "a6 626174 01 6464617461 83 f93e00 20 fb7e37e43c8800759c 6474797065 676d657373616765" +
        "666f6666736574 190100 676368616e6e656c 07 676d657373616765 616d",
    ),
  );
});

const wide = { ...gatewayDecodeLimits, maxMessageBytes: 1_000_000 };

/** The bytes of any value; only frames are ever sent. */
const encode = (value: unknown): Uint8Array => cborCodec.encode(value as GatewayFrame) as Uint8Array;

test("sorts keys by their bytes in UTF-8, not by their units (WP-CBOR-1)", () => {
  assert.deepEqual(
    encode({ "\u{10000}": 0, "\uffffa": 1, é: 2, b: 3, aa: 4 }),
    bytes("a5 6162 03 626161 04 62c3a9 02 64efbfbf61 01 64f0908080 00"),
  );
});

test("writes -0 as 0, half of a surrogate pair as U+FFFD, and an integer beyond 2^53 as a float (WP-DATA-3)", () => {
  assert.deepEqual(encode([-0, "\ud83d", 2 ** 53, -(2 ** 64)]), bytes("84 00 63efbfbd fa5a000000 fadf800000"));
});

test("writes the text of 23 to 70,000 characters with a head of its length in bytes (WP-CBOR-1)", () => {
  for (const character of ["a", "é", "😀"]) {
    for (const count of [23, 24, 85, 86, 255, 256, 65_535, 65_536, 70_000]) {
      const text = character.repeat(count);
      assert.deepEqual(parse(encode(text), wide), [text]);
    }
  }
});

test("writes null for what is undefined in a list, as JSON does", () => {
  assert.deepEqual(encode([undefined, new Array(1)]), bytes("82 f6 81 f6"));
});

for (const value of [new Date(0), new Uint8Array(1), new Map(), new Set(), 1n, Symbol("a"), () => 1, /a/]) {
  test(`does not write ${Object.prototype.toString.call(value)}, and goes on after it (WP-DATA-1)`, () => {
    assert.throws(() => encode({ a: ["b".repeat(100), value] }), TypeError);
    assert.deepEqual(encode({ a: 1 }), bytes("a1 6161 01"));
  });
}

test("does not write a list that holds itself, and goes on after it", () => {
  const list: unknown[] = [];
  list.push(list);
  assert.throws(() => encode(list), RangeError);
  assert.deepEqual(encode([]), bytes("80"));
});

test("gives each result memory of its own, to a getter that encodes while it is encoded too", () => {
  const first = encode({ a: 1 });
  const inner: Uint8Array[] = [];
  const outer = encode({
    a: "outer",
    get b() {
      inner.push(encode("inner"));
      return 2;
    },
  });
  assert.deepEqual(first, bytes("a1 6161 01"));
  assert.deepEqual(outer, bytes("a2 6161 65 6f75746572 6162 02"));
  assert.deepEqual(inner[0], bytes("65 696e6e6572"));
  assert.equal(outer.buffer.byteLength, outer.length);
});

test("joins encoded frames into a sequence, and gives a single one as it is (WP-CBOR-1)", () => {
  const [ping, pong] = [cborCodec.encode({ type: "ping" }), cborCodec.encode({ type: "pong" })];
  assert.equal(cborCodec.join([ping]), ping);
  assert.deepEqual(parse(cborCodec.join([ping, pong])), [{ type: "ping" }, { type: "pong" }]);
});

test("does not join text into bytes", () => {
  assert.throws(() => cborCodec.join([bytes("a0"), "{}"]), TypeError);
  assert.throws(() => cborCodec.join(["{}"]), TypeError);
});

test("finds no frame in an empty message", () => {
  assert.deepEqual(parse(bytes("")), []);
});

test("refuses text on a CBOR connection as unsupported data (WP-OPEN-9)", () => {
  assertWireError(() => parse("{}"), "unsupported-data");
});

test("reads from a view into a larger buffer", () => {
  const large = bytes("ff ff a1 61 61 62 c3 a9 ff");
  assert.deepEqual(parse(large.subarray(2, 8)), [{ a: "é" }]);
  assert.deepEqual(parse(Buffer.from(large.buffer, 2, 6)), [{ a: "é" }]);
});

const taken: Record<string, [string, unknown]> = {
  "the largest integer": ["1b 001fffffffffffff", Number.MAX_SAFE_INTEGER],
  "the smallest integer": ["3b 001ffffffffffffe", Number.MIN_SAFE_INTEGER],
  "an integer as a float": ["f9 3c00", 1],
  "a float of 64 bits that 16 would hold": ["fb 3ff8000000000000", 1.5],
  "a float beyond the integers": ["fb 43f0000000000000", 2 ** 64],
  "false, true and null": ["83 f4 f5 f6", [false, true, null]],
  "empty text, list and map": ["83 60 80 a0", ["", [], {}]],
  "text that begins with U+FEFF": ["64 efbbbf61", "\ufeffa"],
  "text that holds U+FFFD": ["63 efbfbd", "\ufffd"],
  "text of one to four bytes a character": ["6a 61 c3a9 e282ac f09f9880", "aé€😀"],
};
for (const [what, [hex, value]] of Object.entries(taken)) {
  test(`takes ${what} (WP-DATA-1)`, () => {
    assert.deepEqual(parse(bytes(hex)), [value]);
  });
}

const malformed: Record<string, string> = {
  "a byte string": "a1 61 61 41 00",
  "an empty byte string": "40",
  "a tag": "c0 60",
  "a big number by tag": "c2 41 01",
  "the self-described tag": "d9 d9f7 a0",
  undefined: "f7",
  "a simple value of one byte": "e0",
  "a simple value of two bytes": "f8 ff",
  "a boolean written as a simple value of two bytes": "f8 15",
  "a break": "ff",
  "a break in a list": "81 ff",
  "an integer of 2^53": "1b 0020000000000000",
  "an integer of -2^53": "3b 001fffffffffffff",
  "an integer of 2^64 - 1": "1b ffffffffffffffff",
  "an integer in two bytes that one holds": "18 17",
  "an integer in three bytes that two hold": "19 00ff",
  "an integer in five bytes that three hold": "1a 0000ffff",
  "an integer in nine bytes that five hold": "1b 00000000ffffffff",
  "a negative integer that is not shortest": "38 17",
  "a text length that is not shortest": "78 01 61",
  "a list length that is not shortest": "98 01 00",
  "a map length that is not shortest": "b8 01 61 61 00",
  "indefinite text": "7f 61 61 ff",
  "an indefinite list": "9f 01 ff",
  "an indefinite map": "bf 61 61 01 ff",
  "an indefinite byte string": "5f ff",
  "reserved additional information 28": "1c",
  "reserved additional information 30 of a map": "be",
  "an integer as key": "a1 01 02",
  "a list as key": "a1 80 02",
  "null as key": "a1 f6 02",
  "a float as key": "a1 f9 3e00 02",
  "a duplicate key": "a2 61 61 01 61 61 01",
  "a duplicate __proto__": "a2 69 5f5f70726f746f5f5f 01 69 5f5f70726f746f5f5f 01",
  "a head cut short": "19 01",
  "a float cut short": "fb 0000",
  "text cut short": "63 61 61",
  "a list cut short": "83 01 02",
  "a map without its last value": "a1 61 61",
  "a second frame cut short": "a0 a1 61",
  "a lone continuation byte": "61 80",
  "an overlong slash": "62 c0af",
  "half of a surrogate pair": "63 eda080",
  "a code point beyond U+10FFFF": "64 f4908080",
  "wrong bytes next to U+FFFD": "64 efbfbd ff",
  "wrong bytes in text of 32 and more": `78 21 ${"61".repeat(32)} ff`,
  "wrong bytes in a key": "a1 61 ff 00",
  "text in JSON": "7b 22 74 79 70 65 22 3a 22 70 6f 6e 67 22 7d",
};
for (const [what, hex] of Object.entries(malformed)) {
  test(`refuses ${what} as malformed (WP-DATA-2, WP-CBOR-2)`, () => {
    assertWireError(() => parse(bytes(hex)), "malformed");
  });
}

test("says at which byte a message that is cut short ends (WP-CBOR-2)", () => {
  for (const [hex, end] of [
    ["82 81 00", 3],
    ["83 82 80 80", 4],
    ["a1 62 61 61", 4],
    ["a0 19 01", 1],
  ] as const) {
    const message = `expected a whole item, got one cut short at byte ${end}`;
    assert.throws(() => parse(bytes(hex)), { code: "malformed", message });
  }
});

for (const hex of [
  "9b ffffffffffffffff",
  "bb ffffffffffffffff",
  "bb 8000000000000000",
  "7b ffffffffffffffff 61",
  "9a ffffffff",
  "ba 7fffffff 61 61",
  "7a ffffffff 61",
  "98 30 00",
  "b8 20 6161 00",
  "82 9a 00ffffff 9a 00ffffff",
]) {
  test(`refuses the declared length of ${hex} without building it (WP-LIMIT-1)`, () => {
    assert.throws(() => parse(bytes(hex)), { code: "malformed", message: /^expected a length that fits the message/ });
  });
}

test("takes a message of exactly the limit in bytes, and refuses one more (WP-LIMIT-1)", () => {
  const text = (length: number): Uint8Array => bytes(`78 ${length.toString(16)} ${"61".repeat(length)}`);
  assert.equal(parse(text(smallLimits.maxMessageBytes - 2), smallLimits).length, 1);
  assertWireError(() => parse(text(smallLimits.maxMessageBytes - 1), smallLimits), "message-too-big");
});

test("takes exactly the limit in frames, and refuses one more (WP-LIMIT-1)", () => {
  assert.equal(parse(bytes("a0 a0 a0"), smallLimits).length, 3);
  assertWireError(() => parse(bytes("a0 a0 a0 a0"), smallLimits), "bad-frame");
});

test("takes exactly the limit in depth, and refuses one more (WP-LIMIT-1, R33)", () => {
  assert.equal(parse(bytes("a1 61 61 81 a1 61 61 80 81 81 81 80"), smallLimits).length, 2);
  assertWireError(() => parse(bytes("a1 61 61 81 a1 61 61 81 80"), smallLimits), "bad-frame");
  assertWireError(() => parse(bytes("a0 82 00 81 81 81 a0"), smallLimits), "bad-frame");
});

test("leaves a container with its last item, at every depth", () => {
  assert.deepEqual(parse(bytes("83 82 80 81 01 a1 61 61 a0 02 a1 61 62 03"), smallLimits), [
    [[[], [1]], { a: {} }, 2],
    { b: 3 },
  ]);
});

test("refuses 100,000 nested lists, maps and tags before they are parsed (WP-LIMIT-1, R33)", () => {
  assertWireError(() => parse(bytes(`${"81".repeat(100_000)}00`), wide), "bad-frame");
  assertWireError(() => parse(bytes(`${"a16161".repeat(100_000)}00`), wide), "bad-frame");
  assertWireError(() => parse(bytes(`${"c1".repeat(100_000)}00`), wide), "malformed");
});

test("keeps the keys of Object.prototype as own members, for the data model to refuse (R33)", () => {
  const [value] = parse(bytes("a1 69 5f5f70726f746f5f5f a1 61 61 01"));
  assert.ok(typeof value === "object" && value !== null && Object.hasOwn(value, "__proto__"));
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
});

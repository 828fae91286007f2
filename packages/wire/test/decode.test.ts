import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cborCodec } from "@wardwire/wire/cbor";
import type { Codec } from "@wardwire/wire/codec";
import { type Decoded, decodeClientMessage, decodeGatewayMessage } from "@wardwire/wire/decode";
import type { ClientFrame } from "@wardwire/wire/frames";
import { jsonCodec } from "@wardwire/wire/json";
import { gatewayDecodeLimits } from "@wardwire/wire/limits";
import { assertWireError, bytes } from "./wire-assertions.ts";

/** Encodes values that need not be frames, as a broken or hostile client would. */
function messageOf(codec: Codec, values: readonly unknown[]): string | Uint8Array {
  return codec.join(values.map((value) => codec.encode(value as ClientFrame)));
}

const fromJson = (text: string): Decoded<ClientFrame>[] => decodeClientMessage(jsonCodec, text, gatewayDecodeLimits);

/** An own member `__proto__`, as a parser makes it. */
const poisoned = (): unknown => JSON.parse('{"__proto__":{"admin":true}}');

for (const codec of [jsonCodec, cborCodec]) {
  const decode = (...values: unknown[]): Decoded<ClientFrame>[] =>
    decodeClientMessage(codec, messageOf(codec, values), gatewayDecodeLimits);

  describe(`a ${codec.encoding} message`, () => {
    test("without a frame is a bad frame (WP-FRAME-2)", () => {
      const empty = codec.encoding === "json" ? "\n" : bytes("");
      assertWireError(() => decodeClientMessage(codec, empty, gatewayDecodeLimits), "bad-frame");
      assertWireError(() => decodeGatewayMessage(codec, empty, gatewayDecodeLimits), "bad-frame");
    });

    test("holding anything but objects is a bad frame (WP-FRAME-1)", () => {
      for (const value of [null, true, 1, "pong", [], [{ type: "pong" }]]) {
        assertWireError(() => decode(value), "bad-frame");
        assertWireError(() => decode({ type: "pong" }, value), "bad-frame");
      }
    });

    test("holding an object without a type word is a bad frame (WP-FRAME-1)", () => {
      const wrongTypes = [
        null,
        1,
        "",
        "Pong",
        "po ng",
        "pong-",
        "-pong",
        "a--b",
        "pong\n",
        "é",
        "a".repeat(65),
        ["pong"],
      ];
      for (const type of wrongTypes) assertWireError(() => decode({ type }), "bad-frame");
      assertWireError(() => decode({}), "bad-frame");
      assertWireError(() => decode({ id: 1, data: { type: "pong" } }), "bad-frame");
    });

    test("with an unknown type gives unknown-type and goes on (WP-FRAME-5)", () => {
      const known = "connect, renew, join, leave, publish, call, history, presence, pong";
      assert.deepEqual(decode({ type: "shout", id: 3 }, { type: "pong" }), [
        {
          ok: false,
          id: 3,
          code: "unknown-type",
          message: `type: expected one of ${known}, got "shout"`,
          path: ["type"],
        },
        { ok: true, frame: { type: "pong" } },
      ]);
    });

    test("cannot reach Object.prototype by a type (R33)", () => {
      for (const type of ["constructor", "valueof", "prototype"]) {
        assert.equal(decode({ type }).map((one) => one.ok || one.code)[0], "unknown-type");
      }
    });

    test("from the other direction is of an unknown type (WP-FRAME-5)", () => {
      assert.equal(decode({ type: "ping" }).map((one) => one.ok || one.code)[0], "unknown-type");
      const pong = decodeGatewayMessage(codec, messageOf(codec, [{ type: "pong" }]), gatewayDecodeLimits);
      assert.equal(pong.map((one) => one.ok || one.code)[0], "unknown-type");
    });

    test("loses the fields nobody knows, at the top and inside (WP-FRAME-4)", () => {
      const since = { stream: "s", offset: 1, extra: true };
      const [joined] = decode({ type: "join", id: 1, channel: "a", params: { any: 1 }, since, from: "me", at: 5 });
      assert.deepEqual(joined, {
        ok: true,
        frame: { type: "join", id: 1, channel: "a", params: { any: 1 }, since: { stream: "s", offset: 1 } },
      });
    });

    test("gives id back only when it is a valid one (WP-FRAME-5)", () => {
      for (const id of [0, -1, 1.5, "1", null, [1], {}, 2 ** 53]) {
        const [result] = decode({ type: "leave", id, channel: 1 });
        assert.ok(result?.ok === false && !("id" in result), String(id));
        assert.deepEqual(result.path, ["id"]);
      }
      const [result] = decode({ type: "leave", id: 2 ** 53 - 1, channel: 0 });
      assert.deepEqual(result, {
        ok: false,
        id: 2 ** 53 - 1,
        code: "invalid-frame",
        message: "channel: expected an integer from 1 to 9007199254740991, got 0",
        path: ["channel"],
      });
    });

    test("refuses the keys __proto__, constructor and prototype wherever they stand (WP-DATA-4, R33)", () => {
      const frame = { type: "publish", id: 9, channel: 1, data: {} };
      const places: [unknown, (string | number)[]][] = [
        [{ ...frame, constructor: 1 }, ["constructor"]],
        [{ ...frame, data: { prototype: null } }, ["data", "prototype"]],
        [{ ...frame, data: [0, { a: [poisoned()] }] }, ["data", 1, "a", 0, "__proto__"]],
        [{ ...frame, unknown: { deep: { constructor: {} } } }, ["unknown", "deep", "constructor"]],
      ];
      for (const [value, path] of places) {
        const [result] = decode(value);
        assert.ok(result?.ok === false);
        assert.deepEqual([result.id, result.code, result.path], [9, "invalid-frame", path]);
      }
      assert.equal(Object.hasOwn(Object.prototype, "admin"), false);
    });

    test("takes those words where they are values, and keys that only resemble them (R33)", () => {
      const data = { __proto: "__proto__", Constructor: ["constructor"], proto: "prototype", hasOwnProperty: 1 };
      const frame = { type: "publish", channel: 1, data };
      assert.deepEqual(decode(frame), [{ ok: true, frame }]);
    });

    test("cannot fill a field from Object.prototype, were it polluted (R33)", () => {
      const messages = [{ type: "history", channel: 1 }, { id: 1 }, { type: "notice" }].map((value) =>
        messageOf(codec, [value]),
      );
      const [history = "", untyped = "", notice = ""] = messages;
      const polluted = { limit: 5, id: 7, type: "pong", code: "draining" };
      Object.assign(Object.prototype, polluted);
      try {
        const [asked] = decodeClientMessage(codec, history, gatewayDecodeLimits);
        assert.ok(asked?.ok === false && !Object.hasOwn(asked, "id"));
        assertWireError(() => decodeClientMessage(codec, untyped, gatewayDecodeLimits), "bad-frame");
        assert.equal(decodeGatewayMessage(codec, notice, gatewayDecodeLimits)[0]?.ok, false);
      } finally {
        for (const key of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, key);
      }
    });
  });
}

test("refuses a frame whose own __proto__ carries its fields (R33)", () => {
  assert.deepEqual(fromJson('{"type":"leave","id":1,"__proto__":{"channel":1}}'), [
    {
      ok: false,
      id: 1,
      code: "invalid-frame",
      message: '__proto__: expected no such key in a frame, got "__proto__"',
      path: ["__proto__"],
    },
  ]);
});

test("refuses numbers that are not finite, in either encoding (WP-DATA-3)", () => {
  const expected = [
    { ok: false, code: "invalid-frame", message: "data[0]: expected a finite number, got Infinity", path: ["data", 0] },
  ];
  assert.deepEqual(fromJson('{"type":"publish","channel":1,"data":[1e999]}'), expected);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const message = messageOf(cborCodec, [{ type: "publish", channel: 1, data: [value] }]);
    const [result] = decodeClientMessage(cborCodec, message, gatewayDecodeLimits);
    assert.ok(result?.ok === false && result.message.endsWith(`got ${value}`));
  }
});

test("refuses half of a surrogate pair in strings and keys, and takes a whole one (WP-DATA-6)", () => {
  const publish = (data: string): Decoded<ClientFrame> | undefined =>
    fromJson(`{"type":"publish","channel":1,"data":${data}}`)[0];
  assert.deepEqual(publish('{"a":["\\ud83d"]}'), {
    ok: false,
    code: "invalid-frame",
    message: "data.a[0]: expected Unicode text, got half of a surrogate pair",
    path: ["data", "a", 0],
  });
  assert.deepEqual(publish('{"a":{"\\ude00":1}}'), {
    ok: false,
    code: "invalid-frame",
    message: "data.a: expected Unicode text as keys, got half of a surrogate pair",
    path: ["data", "a"],
  });
  assert.equal(publish('{"\\ud83d\\ude00":"\\ud83d\\ude00"}')?.ok, true);
});

test("names a strange key in the message without its whole length", () => {
  const [result] = fromJson(`{"type":"publish","channel":1,"data":{"${"\\u202e".repeat(5_000)}":{"prototype":1}}}`);
  assert.ok(result?.ok === false && result.message.length < 400);
  assert.equal(result.path?.length, 3);
});

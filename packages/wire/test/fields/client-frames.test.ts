import assert from "node:assert/strict";
import { test } from "node:test";
import { cborCodec } from "@wardwire/wire/cbor";
import { type Decoded, decodeClientMessage } from "@wardwire/wire/decode";
import type { ClientFrame } from "@wardwire/wire/frames";
import { jsonCodec } from "@wardwire/wire/json";
import { gatewayDecodeLimits } from "@wardwire/wire/limits";

/** One valid frame of each type, to break one field at a time. */
const valid = {
  connect: { type: "connect", id: 1, token: "t", device: "Anna's phone" },
  renew: { type: "renew", id: 1, token: "t" },
  join: { type: "join", id: 1, channel: "lobby", params: {}, since: { stream: "s", offset: 0 } },
  leave: { type: "leave", id: 1, channel: 1 },
  publish: { type: "publish", id: 1, channel: 1, data: null, key: "k" },
  call: { type: "call", id: 1, command: "c", input: null },
  history: { type: "history", id: 1, channel: 1, since: { stream: "s", offset: 0 }, limit: 1, reverse: true },
  presence: { type: "presence", id: 1, channel: 1 },
  pong: { type: "pong" },
} as const satisfies { [T in ClientFrame["type"]]: Extract<ClientFrame, { readonly type: T }> };

type Type = ClientFrame["type"];
type Path = readonly (string | number)[];

function decodeOne(frame: unknown): Decoded<ClientFrame> | undefined {
  const [fromJson] = decodeClientMessage(jsonCodec, JSON.stringify(frame), gatewayDecodeLimits);
  const [fromCbor] = decodeClientMessage(cborCodec, cborCodec.encode(frame as ClientFrame), gatewayDecodeLimits);
  assert.deepEqual(fromCbor, fromJson);
  return fromJson;
}

/** The frame with the field at `path` set, or taken out for undefined. */
function withField(frame: object, [step = "", ...rest]: Path, value: unknown): object {
  const fields: Record<string, unknown> = { ...frame };
  if (rest.length > 0) fields[step] = withField(fields[step] as object, rest, value);
  else if (value === undefined) delete fields[step];
  else fields[step] = value;
  return fields;
}

test("takes one valid frame of every type", () => {
  for (const frame of Object.values(valid)) assert.deepEqual(decodeOne(frame), { ok: true, frame });
});

test("takes a ticket in place of a token, and neither (WP-FRAME-10)", () => {
  assert.equal(decodeOne({ type: "connect", id: 1, ticket: "t" })?.ok, true);
  assert.equal(decodeOne({ type: "connect", id: 1 })?.ok, true);
});

test("refuses a token and a ticket in one connect (WP-FRAME-10)", () => {
  assert.deepEqual(decodeOne({ type: "connect", id: 4, token: "t", ticket: "t" }), {
    ok: false,
    id: 4,
    code: "invalid-frame",
    message: "connect: expected at most one of token and ticket, got both",
  });
});

const largest = Number.MAX_SAFE_INTEGER;
const bounds: [Type, Path, { takes: unknown[]; refuses: unknown[] }][] = [
  ["connect", ["token"], { takes: ["t", "t".repeat(8192)], refuses: ["", "t".repeat(8193)] }],
  [
    "connect",
    ["device"],
    { takes: ["d", "é".repeat(128), "😀".repeat(128)], refuses: ["", "d".repeat(129), "😀".repeat(129)] },
  ],
  [
    "connect",
    ["device"],
    { takes: [" ", "a b"], refuses: ["a\nb", "a\u0000", "a\u007f", "a\u202eb", "\u200d", "\u2028", "\ufeff"] },
  ],
  ["renew", ["token"], { takes: ["t", "t".repeat(8192)], refuses: ["", "t".repeat(8193)] }],
  ["renew", ["id"], { takes: [1, largest], refuses: [0, -1, 0.5, largest + 1] }],
  [
    "join",
    ["channel"],
    { takes: ["a", "a".repeat(64), "😀".repeat(64)], refuses: ["", "a".repeat(65), "😀".repeat(65)] },
  ],
  ["join", ["params"], { takes: [null, 0, "", [], {}, false], refuses: [] }],
  ["join", ["since", "stream"], { takes: ["s", "s".repeat(128)], refuses: ["", "s".repeat(129)] }],
  ["join", ["since", "offset"], { takes: [0, largest], refuses: [-1, 0.5, largest + 1] }],
  ["leave", ["channel"], { takes: [1, largest], refuses: [0, -1, 1.5, largest + 1] }],
  ["publish", ["data"], { takes: [null, 0, "", [], {}, false], refuses: [] }],
  ["publish", ["key"], { takes: ["!", "~".repeat(64)], refuses: ["", "k".repeat(65), "a b", "é", "a\n", "\u007f"] }],
  ["call", ["command"], { takes: ["c", "c".repeat(64)], refuses: ["", "c".repeat(65)] }],
  ["call", ["input"], { takes: [null, 0, "", [], {}, false], refuses: [] }],
  ["history", ["limit"], { takes: [1, 200], refuses: [0, 201, -1, 1.5] }],
  ["history", ["reverse"], { takes: [true, false], refuses: [0, 1, "true"] }],
  ["presence", ["channel"], { takes: [1], refuses: [0, 0.1] }],
];
for (const [type, path, { takes, refuses }] of bounds) {
  test(`holds ${path.join(".")} of ${type} to its bounds (WP-FRAME-10 to WP-FRAME-18)`, () => {
    for (const value of takes) {
      const frame = withField(valid[type], path, value);
      assert.deepEqual(decodeOne(frame), { ok: true, frame });
    }
    for (const value of refuses) {
      const result = decodeOne(withField(valid[type], path, value));
      assert.ok(result?.ok === false, `${type} took ${JSON.stringify(value)} as ${path.join(".")}`);
      assert.deepEqual([result.code, result.path], ["invalid-frame", path]);
    }
  });
}

/** Every JSON type; each field is tried with all that are not its own. */
const everyKind: unknown[] = [null, true, 7, "text", [], {}];
const anyJson = new Set(["params", "data", "input"]);
const optionalFields = new Set([
  "connect.token",
  "connect.device",
  "join.since",
  "publish.id",
  "publish.key",
  "history.since",
  "history.reverse",
]);

for (const frame of Object.values(valid)) {
  for (const [name, field] of Object.entries(frame).filter(([key]) => key !== "type")) {
    test(`refuses every other JSON type as ${name} of ${frame.type} (WP-FRAME-5)`, () => {
      const kindOf = (value: unknown): string =>
        value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
      for (const value of everyKind.filter((kind) => kindOf(kind) !== kindOf(field))) {
        const result = decodeOne(withField(frame, [name], value));
        if (anyJson.has(name)) assert.equal(result?.ok, true);
        else assert.ok(result?.ok === false && result.path?.[0] === name, JSON.stringify(value));
      }
    });

    const optional = optionalFields.has(`${frame.type}.${name}`);
    test(`${optional ? "takes" : "refuses"} ${frame.type} without ${name} (WP-FRAME-6)`, () => {
      const result = decodeOne(withField(frame, [name], undefined));
      if (optional) assert.equal(result?.ok, true);
      else assert.ok(result?.ok === false && result.message.endsWith("got nothing"), JSON.stringify(result));
    });
  }
}

test("says what was expected, what came and where, and never a string's text", () => {
  const messages = [
    withField(valid.history, ["limit"], 0),
    withField(valid.history, ["since", "offset"], "s3cret"),
    withField(valid.publish, ["key"], "s3cret s3cret"),
    withField(valid.join, ["since"], [1, 2]),
    withField(valid.renew, ["token"], undefined),
    withField(valid.call, ["input"], undefined),
  ].map((frame) => {
    const result = decodeOne(frame);
    return result?.ok === false ? result.message : "taken";
  });
  assert.deepEqual(messages, [
    "limit: expected an integer from 1 to 200, got 0",
    "since.offset: expected an integer from 0 to 9007199254740991, got a string of 6 characters",
    "key: expected a string of 1 to 64 visible ASCII characters, got a string of 13 characters",
    "since: expected an object, got a list of 2",
    "token: expected a string of 1 to 8192 characters, got nothing",
    "input: expected a value, got nothing",
  ]);
});

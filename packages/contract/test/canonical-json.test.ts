import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalJson } from "../src/canonical-json.ts";
import { ContractError } from "../src/contract.ts";

const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);

function isNotJson(error: unknown): boolean {
  return error instanceof ContractError && error.code === "not-json";
}

test("writes the sample object of RFC 8785, 3.2.2 as 3.2.3 shows it", () => {
  const sample: unknown = JSON.parse(String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`);
  assert.equal(
    canonicalJson(sample),
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
});

test("sorts keys by UTF-16 code units, as in RFC 8785, 3.2.3", () => {
  const sample: unknown = JSON.parse(String.raw`{
    "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"
  }`);
  const names = ["Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign"];
  names.push("Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh");
  const text = canonicalJson(sample);
  const positions = names.map((name) => text.indexOf(name));
  assert.ok(!positions.includes(-1));
  assert.deepEqual(
    positions,
    positions.toSorted((a, b) => a - b),
  );
});

test("sorts keys that look like numbers as text too, at every depth", () => {
  assert.equal(
    canonicalJson({ b: { 10: 1, 9: 2, "01": 3 }, a: [{ d: 1, c: 2 }] }),
    '{"a":[{"c":2,"d":1}],"b":{"01":3,"10":1,"9":2}}',
  );
});

test("writes numbers as in RFC 8785, appendix B", () => {
  const samples: [string, string][] = [
    ["0000000000000000", "0"],
    ["8000000000000000", "0"],
    ["0000000000000001", "5e-324"],
    ["8000000000000001", "-5e-324"],
    ["7fefffffffffffff", "1.7976931348623157e+308"],
    ["ffefffffffffffff", "-1.7976931348623157e+308"],
    ["4340000000000000", "9007199254740992"],
    ["c340000000000000", "-9007199254740992"],
    ["4430000000000000", "295147905179352830000"],
    ["44b52d02c7e14af5", "9.999999999999997e+22"],
    ["44b52d02c7e14af6", "1e+23"],
    ["44b52d02c7e14af7", "1.0000000000000001e+23"],
    ["444b1ae4d6e2ef4e", "999999999999999700000"],
    ["444b1ae4d6e2ef4f", "999999999999999900000"],
    ["444b1ae4d6e2ef50", "1e+21"],
    ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
    ["3eb0c6f7a0b5ed8d", "0.000001"],
    ["41b3de4355555553", "333333333.3333332"],
    ["41b3de4355555554", "333333333.33333325"],
    ["41b3de4355555555", "333333333.3333333"],
    ["41b3de4355555556", "333333333.3333334"],
    ["41b3de4355555557", "333333333.33333343"],
    ["becbf647612f3696", "-0.0000033333333333333333"],
    ["43143ff3c1cb0959", "1424953923781206.2"],
  ];
  for (const [bits, text] of samples) assert.equal(canonicalJson(Buffer.from(bits, "hex").readDoubleBE()), text);
});

test("refuses what JSON has no word for (RFC 8785, 3.2.2.2 and 3.2.2.3)", () => {
  const bad = [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    undefined,
    1n,
    Symbol("a"),
    () => 1,
    new Date(0),
    new Map(),
    "\uD800",
  ];
  for (const value of bad) {
    assert.throws(() => canonicalJson(value), isNotJson);
    assert.throws(() => canonicalJson({ a: [value] }), isNotJson);
  }
  assert.throws(() => canonicalJson({ "\uDC00": 1 }), isNotJson);
  assert.throws(() => canonicalJson(new Array(1)), isNotJson);
});

test("counts an undefined property as absent", () => {
  assert.equal(canonicalJson({ roomId: "tea", thread: undefined }), canonicalJson({ roomId: "tea" }));
});

test("refuses a value that contains itself instead of overflowing the stack", () => {
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  assert.throws(() => canonicalJson(cyclic), isNotJson);
});

test("equal values give equal texts, whatever the order of their keys, and parse back to themselves", (t) => {
  t.diagnostic(`seed ${seed}`);
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      assert.equal(canonicalJson(JSON.parse(text)), text);
      assert.equal(canonicalJson(reversed(value)), text);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
    }),
    { seed, numRuns: 1_000 },
  );
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, part]) => [key, reversed(part)]);
  return Object.fromEntries(entries.reverse());
}

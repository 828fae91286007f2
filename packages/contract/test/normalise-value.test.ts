import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";
import fc from "fast-check";
import { maxDepth, maxParts, normaliseValue } from "../src/normalise-value.ts";

const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);

function normalised(value: unknown): unknown {
  const result = normaliseValue(value);
  assert.ok(result.ok, result.ok ? "" : result.message);
  return result.value;
}

function refusal(value: unknown): { path: readonly (string | number)[]; message: string } {
  const result = normaliseValue(value);
  assert.ok(!result.ok, "expected a refusal");
  return { path: result.path, message: result.message };
}

function nested(depth: number, innermost: unknown): unknown {
  let value = innermost;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

test("gives back the same value, not a copy, when no text changes (CT-TEXT-1)", () => {
  const values = [null, undefined, true, 0, "a", "grüße", [], {}, { a: ["b", { c: null }], d: "grüße 😀" }];
  for (const value of values) assert.equal(normalised(value), value);
});

test("normalises strings at any depth and copies only what is on the way to them (CT-TEXT-1)", () => {
  const untouched = { kept: "yes" };
  const value = { list: ["a\r\nb", untouched, ["e\u0301"]], other: untouched, text: "\u202Ex" };
  const before = structuredClone(value);
  const result = normalised(value) as typeof value;
  assert.deepEqual(result, { list: ["a\nb", untouched, ["é"]], other: untouched, text: "x" });
  assert.equal(result.other, untouched);
  assert.equal(result.list[1], untouched);
  assert.deepEqual(value, before, "the caller's value is left alone");
});

test("normalises frozen values and a string that stands alone", () => {
  assert.deepEqual(normalised(Object.freeze({ a: Object.freeze(["\r"]) })), { a: ["\n"] });
  assert.equal(normalised("e\u0301"), "é");
});

test("says where a refused string stands (CT-TEXT-2)", () => {
  assert.deepEqual(refusal("\u0007"), { path: [], message: "the control character U+0007 is not allowed" });
  assert.deepEqual(refusal({ a: [1, { "b c": "x\u0007" }] }), {
    path: ["a", 1, "b c"],
    message: "a.1.b c: the control character U+0007 is not allowed",
  });
});

test("refuses a bad key and points to the object that has it (CT-TEXT-7, R33)", () => {
  for (const key of ["__proto__", "constructor", "prototype"]) {
    const value: unknown = JSON.parse(`{"a":[{"${key}":{"admin":true}}]}`);
    assert.deepEqual(refusal(value), { path: ["a", 0], message: `a.0: the key "${key}" is not allowed` });
  }
  assert.deepEqual(refusal({ "\u202Ea": 1 }).path, []);
  assert.equal(Object.hasOwn(Object.prototype, "admin"), false);
});

test("takes the depth that is allowed and refuses one more (R33)", () => {
  assert.ok(normaliseValue(nested(maxDepth, "a\r")).ok);
  assert.equal(refusal(nested(maxDepth + 1, 1)).message.endsWith(": nested deeper than 32"), true);
  assert.equal(refusal(nested(maxDepth + 1, 1)).path.length, maxDepth);
});

test("refuses 100,000 levels without overflowing the stack (R33)", () => {
  assert.match(refusal(nested(100_000, 1)).message, /nested deeper than 32/);
});

test("refuses a value that contains itself, and takes one that appears twice", () => {
  const cyclic: Record<string, unknown> = { list: [] };
  (cyclic["list"] as unknown[]).push(cyclic);
  assert.deepEqual(refusal(cyclic), { path: ["list", 0], message: "list.0: the value contains itself" });
  const shared = { text: "\r" };
  assert.deepEqual(normalised([shared, shared]), [{ text: "\n" }, { text: "\n" }]);
});

test("refuses values whose shared parts would take forever to walk, and arrays of holes", () => {
  let shared: unknown = "a";
  for (let level = 0; level < maxDepth; level += 1) shared = [shared, shared];
  assert.match(refusal(shared).message, /more than 1048576 parts/);
  assert.match(refusal(new Array(maxParts + 1)).message, /more than 1048576 parts/);
  assert.ok(normaliseValue(new Array(1_000).fill("a")).ok);
});

test("leaves to the schema what JSON cannot carry", () => {
  const values = [new Date(0), new Uint8Array(2), new Map([["\u0000", 1]]), Symbol("a"), 1n, () => "a", /a/];
  for (const value of values) assert.equal((normalised({ value, text: "\r" }) as { value: unknown }).value, value);
});

test("walks objects without a prototype and those of another realm", () => {
  const bare: Record<string, unknown> = Object.assign(Object.create(null), { text: "\r" });
  assert.equal((normalised(bare) as { text: string }).text, "\n");
  assert.equal((normalised(vm.runInNewContext(`({ text: "\\r" })`)) as { text: string }).text, "\n");
  assert.deepEqual(normalised(vm.runInNewContext(`["\\r"]`)), ["\n"]);
});

test("never throws, and its result passes again as it is, whatever JSON comes (CT-TEXT-1)", (t) => {
  t.diagnostic(`seed ${seed}`);
  const text = fc.string({
    unit: fc.constantFrom("a", "\r", "\n", "e", "\u0301", "\u202E", "😀", "\u2028"),
    maxLength: 8,
  });
  const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      text,
      fc.oneof(fc.integer(), fc.constantFrom(null, true)),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(
        fc.oneof(fc.constantFrom("a", "b", "__proto__", "e\u0301"), fc.string({ maxLength: 3 })),
        tie("value"),
        {
          maxKeys: 4,
        },
      ),
    ),
  }));
  fc.assert(
    fc.property(json, (value) => {
      const result = normaliseValue(value);
      if (!result.ok) return;
      const again = normaliseValue(result.value);
      assert.ok(again.ok && again.value === result.value);
      // A backslash before an "r" is text, and no line break.
      const shown = JSON.stringify(result.value).replaceAll("\\\\", "");
      assert.doesNotMatch(shown, /\\r|\u202E|e\u0301|"__proto__"/);
    }),
    { seed, numRuns: 2_000 },
  );
});

test("never throws for any value of the language", (t) => {
  t.diagnostic(`seed ${seed}`);
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
  });
  fc.assert(
    fc.property(anything, (value) => {
      const result = normaliseValue(value);
      assert.equal(typeof result.ok, "boolean");
    }),
    { seed, numRuns: 2_000 },
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryOf, mergedMemory, withMemory } from "../../src/sealed/remembered-bundles.ts";

const origin = "https://chat.example";
const memory = { highestVersion: 7, floorMs: 1_795_262_400_000, revokedPins: ["sha256:a"] };
const nothing = { highestVersion: 0, floorMs: 0, revokedPins: [] };

test("what was written is read, for its origin and no other", () => {
  const text = withMemory(undefined, origin, memory);
  assert.deepEqual(memoryOf(text, origin), memory);
  assert.deepEqual(memoryOf(text, "https://other.example"), nothing);
  const both = withMemory(text, "https://other.example", { ...memory, highestVersion: 9 });
  assert.deepEqual(memoryOf(both, origin), memory);
  assert.equal(memoryOf(both, "https://other.example").highestVersion, 9);
});

test("names of Object.prototype are origins like any other", () => {
  const text = withMemory(undefined, "__proto__", memory);
  assert.deepEqual(memoryOf(text, "__proto__"), memory);
  assert.deepEqual(memoryOf("{}", "constructor"), nothing);
});

for (const [what, value] of [
  ["a version below 0", { ...memory, highestVersion: -1 }],
  ["a version that is no integer", { ...memory, highestVersion: 1.5 }],
  ["a version beyond 2^53", { ...memory, highestVersion: 2 ** 53 }],
  ["a floor that is a text", { ...memory, floorMs: "0" }],
  ["no revoked pins", { highestVersion: 1, floorMs: 1 }],
  ["revoked pins that are no texts", { ...memory, revokedPins: [7] }],
  ["more revoked pins than there are identities", { ...memory, revokedPins: Array(17).fill("sha256:a") }],
  ["null", null],
] as const) {
  test(`an entry with ${what} counts as nothing, and the others stay`, () => {
    const text = JSON.stringify({ [origin]: value, "https://other.example": memory });
    assert.deepEqual(memoryOf(text, origin), nothing);
    assert.deepEqual(memoryOf(text, "https://other.example"), memory);
  });
}

test("the text is bounded: of 40 origins the 32 written last stay", () => {
  let text: string | undefined;
  for (let index = 0; index < 40; index += 1) text = withMemory(text, `https://${index}.example`, memory);
  assert.deepEqual(memoryOf(text, "https://7.example"), nothing);
  assert.deepEqual(memoryOf(text, "https://8.example"), memory);
  assert.equal(Object.keys(JSON.parse(text ?? "")).length, 32);
});

test("nothing that one of two has seen is forgotten", () => {
  const other = { highestVersion: 6, floorMs: memory.floorMs + 1, revokedPins: ["sha256:b", "sha256:a"] };
  const both = { highestVersion: 7, floorMs: memory.floorMs + 1, revokedPins: ["sha256:a", "sha256:b"] };
  assert.deepEqual(mergedMemory(memory, other), both);
});

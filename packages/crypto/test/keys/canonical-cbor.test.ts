/** Holds the CBOR of what is signed against that of a library, cborg. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode } from "cborg";
import fc from "fast-check";
import { CryptoError } from "../../src/crypto-error.ts";
import { type CborValue, decodeCanonical, encodeCanonical } from "../../src/keys/canonical-cbor.ts";

const seed = Number(process.env["WARDWIRE_FUZZ_SEED"] ?? Date.now() % 2 ** 31);
const inputs = 100_000;

const leaf: fc.Arbitrary<CborValue> = fc.oneof(
  fc.nat(300),
  fc.maxSafeNat(),
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.uint8Array({ maxLength: 30 }),
  fc.constantFrom("\ufeffmark", "", new Uint8Array(256), new Uint8Array(2 ** 16)),
);

/** Lists and maps of what `inner` gives; keys come in any order. */
function around(inner: fc.Arbitrary<CborValue>): fc.Arbitrary<CborValue> {
  const key = fc.oneof(fc.nat(30), fc.maxSafeNat());
  const map = fc.uniqueArray(fc.tuple(key, inner), { selector: ([each]) => each, maxLength: 4 });
  return fc.oneof(
    inner,
    fc.array(inner, { maxLength: 4 }),
    map.map((entries) => new Map(entries)),
  );
}

const value = around(around(around(leaf)));

test(`writes values byte for byte as the library does, and reads them again (KB-1.2, WARDWIRE_FUZZ_SEED=${seed})`, () => {
  fc.assert(
    fc.property(value, (written) => {
      const bytes = encodeCanonical(written);
      assert.ok(Buffer.from(encode(written)).equals(bytes));
      assert.deepEqual(decodeCanonical("a value", bytes), written);
    }),
    { numRuns: 10_000, seed },
  );
});

test(`takes of ${inputs} inputs those that the library writes again as they were (KB-1.2)`, (t) => {
  t.diagnostic(`WARDWIRE_FUZZ_SEED=${seed}`);
  const outcomes = { taken: 0, refused: 0 };
  fc.assert(
    fc.property(bytesLikeOurs, (bytes) => {
      const expected = isCanonical(bytes);
      outcomes[expected ? "taken" : "refused"] += 1;
      assert.equal(isTaken(bytes), expected, Buffer.from(bytes).toString("hex"));
    }),
    { numRuns: inputs, seed },
  );
  t.diagnostic(JSON.stringify(outcomes));
  // The fuzzer itself is wrong when it stops reaching an outcome.
  for (const count of Object.values(outcomes)) assert.ok(count > inputs / 50);
});

test("refuses a number that is no integer from 0 to 2^53 − 1 (KB-1.2)", () => {
  for (const number of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    assert.throws(() => encodeCanonical(number), { code: "key-bundle" });
    assert.throws(() => encodeCanonical(new Map([[number, 1]])), { code: "key-bundle" });
  }
});

test("refuses the first container that is deeper than a published key's (KB-1.2)", () => {
  const nested = (depth: number): Uint8Array => Uint8Array.of(...new Array<number>(depth).fill(0x81), 0);
  assert.deepEqual(decodeCanonical("a value", nested(3)), [[[0]]]);
  for (const depth of [4, 60_000]) assert.throws(() => decodeCanonical("a value", nested(depth)), refusal);
  assert.throws(() => decodeCanonical("a value", Uint8Array.of(0x81, 0x81, 0xa1, 0, 0xa0)), refusal);
});

for (const [what, hex] of Object.entries({
  "bytes of 2^53 − 1": "5b001fffffffffffff",
  "bytes of 2^64 − 1": "5bffffffffffffffff",
  "text of 2^32 − 1": "7affffffff61",
  "a list of 2^32 − 1": "9affffffff00",
  "a map of 2^53 − 1": "bb001fffffffffffff0000",
  "indefinite bytes": "5f4100ff",
  "an indefinite list": "9f00ff",
  "a key twice": "a200000000",
  "keys out of order": "a201000000",
  "a text as key": "a1616100",
  "a negative integer": "20",
  "a negative key": "a12000",
  "a tag": "c000",
  true: "f5",
  null: "f6",
  "a float": "f93c00",
  "text that is not UTF-8": "61ff",
  nothing: "",
  "a second value": "0000",
})) {
  test(`refuses ${what} (KB-1.2)`, () => {
    assert.throws(() => decodeCanonical("a value", Buffer.from(hex, "hex")), refusal);
  });
}

const refusal = { code: "key-bundle", message: "a value: expected deterministic CBOR, got other bytes" };

/** Encodings of our types, of others of CBOR, and both with a byte or two changed. */
const genuine = fc.oneof(value, fc.anything({ maxDepth: 2 })).map((each) => new Uint8Array(encode(each)).slice(0, 80));
const change = fc.tuple(fc.nat(79), fc.nat(255));
const bytesLikeOurs = fc
  .oneof(
    fc.uint8Array({ maxLength: 6 }),
    genuine,
    fc.tuple(genuine, fc.array(change, { minLength: 1, maxLength: 2 })).map(([bytes, changes]) => {
      const changed = bytes.slice();
      for (const [at, byte] of changes) if (at < changed.length) changed[at] = byte;
      return changed;
    }),
  )
  // The library drops a U+FEFF with which a text begins, and so writes another text than it read.
  .filter((bytes) => !Buffer.from(bytes).includes("\ufeff"));

function isTaken(bytes: Uint8Array): boolean {
  try {
    decodeCanonical("a value", bytes);
    return true;
  } catch (error) {
    assert.ok(error instanceof CryptoError && error.code === "key-bundle", String(error));
    return false;
  }
}

/** Whether the library reads a value of our types and depth, and writes it again with the same bytes. */
function isCanonical(bytes: Uint8Array): boolean {
  try {
    const read: unknown = decode(bytes, { strict: true, useMaps: true, rejectDuplicateMapKeys: true });
    return isOfOurTypes(read, 0) && Buffer.from(encode(read)).equals(bytes);
  } catch {
    return false;
  }
}

function isOfOurTypes(read: unknown, depth: number): boolean {
  if (typeof read === "number") return Number.isSafeInteger(read) && read >= 0;
  if (typeof read === "string" || read instanceof Uint8Array) return true;
  const inner = (each: unknown): boolean => isOfOurTypes(each, depth + 1);
  if (Array.isArray(read)) return depth < 3 && read.every(inner);
  if (!(read instanceof Map) || depth === 3) return false;
  return [...read].every(([key, member]) => typeof key === "number" && inner(key) && inner(member));
}

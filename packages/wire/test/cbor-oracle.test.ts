/** Holds our CBOR against that of a library, cborg. */
import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { test } from "node:test";
import { cborCodec } from "@wardwire/wire/cbor";
import type { GatewayFrame } from "@wardwire/wire/frames";
import { WireError } from "@wardwire/wire/wire-error";
import { type DecodeOptions, encode, Token, Tokenizer, Type, tokensToObject } from "cborg";
import fc from "fast-check";
import { mutateBytes, pick, randomBytes, randomFrom } from "./broken-bytes.ts";
import { json } from "./frame-arbitraries.ts";

const inputs = 100_000;
const seed = Number(process.env["WARDWIRE_FUZZ_SEED"] ?? Date.now() % 0x7fff_ffff);
const limits = { maxMessageBytes: 65_536, maxFrames: 1_000, maxDepth: 1_000 };

// Half of the inputs end in an error; stacks that nobody reads would take longer than the decoding.
Error.stackTraceLimit = 0;

test(`takes and refuses ${inputs} inputs as the library does, with the same values (WP-CBOR-2, WP-DATA-2)`, (t) => {
  t.diagnostic(`WARDWIRE_FUZZ_SEED=${seed}`);
  const random = randomFrom(seed);
  const genuine = fc.sample(fc.oneof(json, beyondDataModel), { numRuns: 2_000, seed }).map((value) => encode(value));
  const outcomes = { taken: 0, refused: 0 };
  for (let run = 0; run < inputs; run += 1) {
    const message = pick(random, [
      () => randomBytes(random, random(12)),
      () => pick(random, genuine),
      () => mutateBytes(random, pick(random, genuine)),
      () => mutateBytes(random, pick(random, genuine).subarray(0, 24)),
    ])();
    const expected = decodeByLibrary(message);
    assert.deepEqual(
      decodeByUs(message),
      expected,
      `seed ${seed}, run ${run}: ${Buffer.from(message).toString("hex")}`,
    );
    outcomes[expected === undefined ? "refused" : "taken"] += 1;
  }
  t.diagnostic(JSON.stringify(outcomes));
  // The fuzzer itself is wrong when it stops reaching an outcome.
  for (const count of Object.values(outcomes)) assert.ok(count > inputs / 20);
});

test(`writes ${inputs} values byte for byte as the library does (WP-CBOR-1)`, () => {
  fc.assert(
    fc.property(json, (value) => assert.deepEqual(Buffer.from(encodeByUs(value)), Buffer.from(encode(value)))),
    { numRuns: inputs, seed },
  );
});

test("writes integers next to every change of a head's length as the library does (WP-CBOR-1)", () => {
  for (const edge of [0, 24, 2 ** 8, 2 ** 16, 2 ** 32, 2 ** 53 - 1]) {
    for (const value of [edge - 1, edge, edge + 1, -edge - 1, -edge, 1 - edge]) {
      assert.deepEqual(Buffer.from(encodeByUs(value)), Buffer.from(encode(value)), `${value}`);
    }
  }
});

test("reads all 65,536 floats of half precision as the platform does, and writes each in as many bits (WP-CBOR-1)", () => {
  const view = new DataView(new ArrayBuffer(2)) as DataView & { getFloat16(at: number): number };
  for (let bits = 0; bits < 2 ** 16; bits += 1) {
    view.setUint16(0, bits);
    const value = view.getFloat16(0);
    const bytes = Uint8Array.of(0xf9, bits >> 8, bits & 0xff);
    assert.deepEqual(cborCodec.parse(bytes, limits), [value], `${bits}`);
    if (Number.isInteger(value)) continue;
    const written = Number.isNaN(value) ? Uint8Array.of(0xf9, 0x7e, 0) : bytes;
    assert.deepEqual(encodeByUs(value), written, `${value}`);
  }
});

/** What CBOR can say and a frame cannot. */
const beyondDataModel = fc.array(
  fc.oneof(
    fc.constantFrom(undefined, Number.NaN, Number.POSITIVE_INFINITY, 2n ** 53n, 2n ** 64n - 1n),
    fc.uint8Array({ maxLength: 4 }),
    fc.array(fc.tuple(fc.oneof(fc.integer(), fc.string()), json), { maxLength: 3 }).map((members) => new Map(members)),
  ),
  { maxLength: 4 },
);

function encodeByUs(value: unknown): Uint8Array {
  return cborCodec.encode(value as GatewayFrame) as Uint8Array;
}

/** The values of a message, undefined where it is refused. */
function decodeByUs(message: Uint8Array): unknown[] | undefined {
  try {
    return cborCodec.parse(message, limits);
  } catch (error) {
    assert.ok(error instanceof WireError && error.code === "malformed", String(error));
    return undefined;
  }
}

function decodeByLibrary(message: Uint8Array): unknown[] | undefined {
  const tokens = new DataModelTokenizer(message, options);
  const values: unknown[] = [];
  try {
    while (!tokens.done()) values.push(tokensToObject(tokens, options));
  } catch {
    return undefined;
  }
  return values;
}

const options: DecodeOptions = {
  strict: true,
  allowBigInt: false,
  allowIndefinite: false,
  rejectDuplicateMapKeys: true,
  retainStringBytes: true,
};

/** Refuses tokens of what frames lack, and text that is not UTF-8, where the library puts U+FFFD or drops U+FEFF. */
class DataModelTokenizer extends Tokenizer {
  override next(): Token {
    const token = super.next();
    if (lacking.includes(token.type)) throw new TypeError(`got ${token.type.name}`);
    if (token.type !== Type.string) return token;
    const text = Buffer.from(token.byteValue ?? []);
    if (!isUtf8(text)) throw new TypeError("got bytes that are not UTF-8");
    return new Token(Type.string, text.toString(), token.encodedLength);
  }
}

const lacking = [Type.bytes, Type.tag, Type.undefined, Type.break];

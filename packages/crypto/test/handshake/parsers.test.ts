import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { CryptoError } from "../../src/crypto-error.ts";
import { encodeHeader, type HandshakeHeader, parseFirstMessage } from "../../src/handshake/first-message.ts";
import { encodeTerms, parseSecondMessage, parseTerms } from "../../src/handshake/second-message.ts";
import { issueBundle, parseBundle } from "../../src/keys/bundle.ts";
import { bundleOf, makeTiers, onlineKey } from "../fixtures/key-tiers.ts";

const seed = Number(process.env["WARDWIRE_FUZZ_SEED"] ?? Date.now() % 0x7fff_ffff);
const parameters = { seed, numRuns: 3_000 };

const visible = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)) });
const bytes = (length: number): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => new Uint8Array(array));
const suites = fc.uniqueArray(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 8 });

const headers: fc.Arbitrary<HandshakeHeader> = fc.record(
  {
    version: fc.integer({ min: 0, max: 0xffff }),
    suites,
    mode: fc.constantFrom(1, 2),
    bundleVersion: fc.maxSafeNat(),
    kid: bytes(8),
    origin: visible.filter((text) => text.length >= 1 && text.length <= 255),
    path: visible.map((text) => `/${text}`).filter((text) => text.length <= 255),
  },
  { noNullPrototype: true },
);

/** What `parse` gives, or undefined for the error that it may throw; any other error fails the test. */
function parsed<Value>(code: string, parse: () => Value): Value | undefined {
  try {
    return parse();
  } catch (error) {
    assert.ok(error instanceof CryptoError && error.code === code, String(error));
    return undefined;
  }
}

/** A message with some bytes changed, and some cut off or added at the end. */
function broken(message: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat({ max: Math.min(message.length - 1, 120) }), fc.nat({ max: 255 }));
  return fc.tuple(fc.array(change, { maxLength: 4 }), fc.integer({ min: -40, max: 40 })).map(([changes, longer]) => {
    const result = new Uint8Array(Math.max(0, message.length + longer));
    result.set(message.subarray(0, result.length));
    for (const [at, value] of changes) result[at] = value;
    return result;
  });
}

describe("parsers of the handshake", () => {
  test("a header has one encoding, and every encoding its header (HS-1.3)", (t) => {
    t.diagnostic(`WARDWIRE_FUZZ_SEED=${seed}`);
    const rest = new Uint8Array(1_120 + 1_216 + 17);
    fc.assert(
      fc.property(headers, (header) => {
        const first = parseFirstMessage(Uint8Array.of(...encodeHeader(header), ...rest));
        assert.deepEqual(first.header, header);
        assert.deepEqual(first.headerBytes, encodeHeader(header));
      }),
      { seed, numRuns: 300 },
    );
  });

  test("a broken message 1 is refused, or is another message 1 in its one encoding (HS-1.3)", (t) => {
    t.diagnostic(`WARDWIRE_FUZZ_SEED=${seed}`);
    const header = encodeHeader({
      version: 1,
      suites: [1, 2],
      mode: 1,
      bundleVersion: 7,
      kid: new Uint8Array(8),
      origin: "https://chat.example",
      path: "/ws",
    });
    const message = Uint8Array.of(...header, ...new Uint8Array(1_120 + 1_216 + 17));
    let taken = 0;
    fc.assert(
      fc.property(broken(message), (bad) => {
        const first = parsed("handshake", () => parseFirstMessage(bad));
        if (first === undefined) return;
        taken += 1;
        assert.deepEqual(encodeHeader(first.header), first.headerBytes);
      }),
      parameters,
    );
    assert.ok(taken > 0 && taken < 3_000, `${taken} of 3000 were taken: the changes show nothing`);
  });

  test("message 2 and its terms: refused, or the same again (HS-1.7)", (t) => {
    t.diagnostic(`WARDWIRE_FUZZ_SEED=${seed}`);
    const limits = { maxPlaintextBytes: 61_440, maxMessageBytes: 65_536 };
    const terms = encodeTerms({ offered: [1, 2], suite: 1, serverTimeMs: 1_795_262_400_000, limits });
    fc.assert(
      fc.property(broken(terms), broken(new Uint8Array(1_160).fill(2)), (badTerms, badMessage) => {
        const again = parsed("handshake", () => parseTerms(badTerms));
        if (again !== undefined) assert.deepEqual(encodeTerms(again), badTerms);
        parsed("handshake", () => parseSecondMessage(badMessage));
      }),
      parameters,
    );
  });

  test("a broken bundle is refused with its own code, whatever is wrong (KB-1.2)", async (t) => {
    t.diagnostic(`WARDWIRE_FUZZ_SEED=${seed}`);
    const tiers = await makeTiers();
    const signed = await issueBundle(tiers.delegate, bundleOf(tiers, [await onlineKey()]));
    fc.assert(
      fc.property(broken(signed), fc.uint8Array({ maxLength: 200 }), (bad, noise) => {
        parsed("key-bundle", () => parseBundle(bad));
        parsed("key-bundle", () => parseBundle(noise));
      }),
      { seed, numRuns: 1_000 },
    );
  });
});

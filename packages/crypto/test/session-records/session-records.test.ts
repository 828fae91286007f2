import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { nodePrimitives } from "../../src/primitives/node.ts";
import type { AeadAlgorithm } from "../../src/primitives/primitives.ts";
import { inSteps } from "../../src/primitives/steps.ts";
import { Generation } from "../../src/session-records/generation.ts";
import { encodeHeader, headerBytes, type RecordHeader } from "../../src/session-records/record-header.ts";
import { backends } from "../primitives/backends.ts";
import { makeDirection, sealOne, secretOf } from "./direction.ts";

const refused = { name: "CryptoError", code: "session", message: "the sealed session failed" };
const content = Uint8Array.of(1, 2, 3);

for (const primitives of backends) {
  for (const algorithm of ["aes-256-gcm", "chacha20-poly1305"] satisfies AeadAlgorithm[]) {
    describe(`session records on ${primitives.backend} with ${algorithm}`, () => {
      test("whatever is sealed opens to itself, in order, and across updates of the keys", async (t) => {
        const seed = Number(process.env["WARDWIRE_FUZZ_SEED"] ?? Date.now() % 2 ** 31);
        t.diagnostic(`WARDWIRE_FUZZ_SEED=${seed}`);
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.uint8Array({ maxLength: 2_000 }), { maxLength: 20 }),
            fc.integer({ min: 2, max: 6 }),
            async (values, updateAfterRecords) => {
              const sealing = { updateAfterRecords, maxPlaintextBytes: 300 };
              const { sealer, opener, time } = makeDirection({ primitives, algorithm, sealing });
              const opened: Uint8Array[] = [];
              for (const value of values) {
                for (const record of await sealer.seal("data", value)) {
                  time.nowMs += 10_000;
                  const result = await opener.open(record);
                  if (result?.type === "data") opened.push(result.content);
                }
              }
              assert.deepEqual(opened, values);
            },
          ),
          { seed, numRuns: primitives.backend === "noble" ? 10 : 40 },
        );
      });
    });
  }
}

test("all backends seal the same bytes", async () => {
  const records = await Promise.all(
    backends.map(async (primitives) =>
      Buffer.from(await sealOne(makeDirection({ primitives }).sealer)).toString("hex"),
    ),
  );
  assert.equal(new Set(records).size, 1);
});

test("a synchronous backend answers without a promise", () => {
  const { sealer, opener } = makeDirection();
  const records = sealer.seal("data", content);
  assert.ok(!(records instanceof Promise));
  assert.ok(!(opener.open((records as readonly Uint8Array[])[0] ?? content) instanceof Promise));
});

describe("a record is refused, with the one error, and everything after it (SR-1.3, SR-1.4)", () => {
  type Change = (record: Uint8Array, next: Uint8Array) => Uint8Array;
  const flip =
    (index: number): Change =>
    (record) =>
      record.with(index < 0 ? record.length + index : index, (record.at(index) ?? 0) ^ 1);
  const changes: readonly (readonly [what: string, change: Change])[] = [
    ...Array.from({ length: headerBytes }, (_, index) => [`a bit of header byte ${index}`, flip(index)] as const),
    ["a bit of the ciphertext", flip(headerBytes)],
    ["a bit of the tag", flip(-1)],
    ["a byte less", (record) => record.subarray(0, -1)],
    ["a byte more", (record) => new Uint8Array([...record, 0])],
    ["nothing but a header", (record) => record.subarray(0, headerBytes)],
    ["no bytes", () => new Uint8Array(0)],
    ["the next record before this one", (_record, next) => next],
    ["a type that there is not", (record) => record.with(0, 0x1a)],
    ["a type of the other direction", (record) => record.with(0, 0x16)],
    ["a flag that there is not", (record) => record.with(1, 0x81)],
    ["a seq no session reaches", (record) => record.with(6, 0xff)],
  ];
  for (const [what, change] of changes) {
    test(what, async () => {
      const { sealer, opener } = makeDirection();
      const [record, next] = [await sealOne(sealer), await sealOne(sealer)];
      assert.throws(() => opener.open(change(record, next)), refused);
      assert.throws(() => opener.open(record), refused, "there is no second try");
    });
  }

  test("a record that has been opened, again (R47)", async () => {
    const { sealer, opener } = makeDirection();
    const record = await sealOne(sealer);
    assert.deepEqual(await opener.open(record), { type: "data", content });
    assert.throws(() => opener.open(record), refused);
  });

  test("a record left out", async () => {
    const { sealer, opener } = makeDirection();
    await sealOne(sealer);
    const second = await sealOne(sealer);
    assert.throws(() => opener.open(second), refused);
  });

  test("a record of another session, of the other direction, and of another algorithm", async () => {
    for (const other of [{ secretByte: 8 }, { algorithm: "chacha20-poly1305" as const }]) {
      const record = await sealOne(makeDirection(other).sealer);
      assert.throws(() => makeDirection().opener.open(record), refused);
    }
  });

  test("on an asynchronous backend too, as a rejection", async () => {
    for (const primitives of backends) {
      const { sealer, opener } = makeDirection({ primitives });
      const record = await sealOne(sealer);
      await assert.rejects(async () => opener.open(record.with(20, (record[20] ?? 0) ^ 1)), refused);
      await assert.rejects(async () => opener.open(record), refused);
    }
  });
});

test("padding that is not zero is refused, zero padding is cut (SR-1.3)", async () => {
  // Both ends without padding of their own: the content of the sealed value is then what the other end takes for padding.
  for (const [padding, isFine] of [
    [0, true],
    [1, false],
  ] as const) {
    const { sealer, opener } = makeDirection({ sealing: { paddedTo: 1 } });
    const forged = await sealPlaintext(Uint8Array.of(0, 1, 42, 0, padding));
    if (isFine) assert.deepEqual(await opener.open(forged), { type: "data", content: Uint8Array.of(42) });
    else assert.throws(() => opener.open(forged), refused);
    sealer.dispose();
  }
});

test("a length beyond the plaintext, and a plaintext without one, are refused (SR-1.3)", async () => {
  for (const plaintext of [
    Uint8Array.of(0, 4, 1, 2, 3),
    Uint8Array.of(255, 255),
    Uint8Array.of(0),
    new Uint8Array(0),
  ]) {
    const { opener } = makeDirection();
    const forged = await sealPlaintext(plaintext);
    assert.throws(() => opener.open(forged), refused);
  }
});

test("plaintexts are padded to 64 bytes by default, so that short values look alike", async () => {
  const { sealer } = makeDirection();
  for (const [length, padded] of [
    [0, 64],
    [1, 64],
    [62, 64],
    [63, 128],
  ] as const) {
    const record = await sealOne(sealer, new Uint8Array(length));
    assert.equal(record.length, headerBytes + padded + 16);
  }
});

describe("a record that is authentic and still not allowed is refused", () => {
  const close = (finalSeq: number): Uint8Array => Uint8Array.of(0, 10, 0x11, 0x31, 0, 0, 0, 0, 0, 0, 0, finalSeq);
  const forged: readonly (readonly [what: string, plaintext: Uint8Array, header: Partial<RecordHeader>])[] = [
    ["a heartbeat without END (SR-1.2)", Uint8Array.of(0, 0), { type: "heartbeat", ends: false }],
    ["a type of the other direction (SR-1.3)", Uint8Array.of(0, 0), { type: "channelKey" }],
    ["a CLOSE that names another final seq (SR-3.3)", close(1), { type: "close" }],
    ["a CLOSE that is too short", Uint8Array.of(0, 0), { type: "close" }],
    ["a KEY_UPDATE with content", Uint8Array.of(0, 1, 1), { type: "keyUpdate" }],
    ["a chunk that brings nothing and ends nothing", Uint8Array.of(0, 0), { ends: false }],
    ["another generation", Uint8Array.of(0, 0), { generation: 1 }],
  ];
  for (const [what, plaintext, header] of forged) {
    test(what, async () => {
      const record = await sealPlaintext(plaintext, header);
      assert.throws(() => makeDirection().opener.open(record), refused);
    });
  }

  const allowed: readonly (readonly [what: string, plaintext: Uint8Array, header: Partial<RecordHeader>])[] = [
    ["a heartbeat", Uint8Array.of(0, 0), { type: "heartbeat" }],
    ["a CLOSE that names its own seq", close(0), { type: "close" }],
    ["a KEY_UPDATE", Uint8Array.of(0, 0), { type: "keyUpdate" }],
    ["a chunk that brings something", Uint8Array.of(0, 1, 1), { ends: false }],
  ];
  for (const [what, plaintext, header] of allowed) {
    test(`${what} is taken`, async () => {
      const { opener } = makeDirection();
      await opener.open(await sealPlaintext(plaintext, header));
    });
  }
});

/** A record of the direction that tests use, over any plaintext: data with seq 0 unless told otherwise. */
async function sealPlaintext(plaintext: Uint8Array, changes: Partial<RecordHeader> = {}): Promise<Uint8Array> {
  const generation = await inSteps(Generation.derive(nodePrimitives, "aes-256-gcm", secretOf(7), 0));
  const header = encodeHeader({ type: "data", ends: true, generation: 0, seq: 0, ...changes });
  const sealed = await generation.key.seal(generation.nonce(0), header, plaintext);
  return new Uint8Array([...header, ...sealed]);
}

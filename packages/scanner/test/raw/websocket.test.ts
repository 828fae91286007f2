import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ByteStream } from "../../src/raw/byte-stream.ts";
import { closePayload, encodeFrame, opcodes } from "../../src/raw/frame.ts";
import { describeNext, RawWebSocket } from "../../src/raw/websocket.ts";

/** A WebSocket of ours and the raw other end. */
function pair(): { readonly ours: RawWebSocket; readonly theirs: import("node:stream").Duplex } {
  const [a, b] = duplexPair();
  return { ours: new RawWebSocket(new ByteStream(a)), theirs: b };
}

describe("encodeFrame()", () => {
  test("writes the example of RFC 6455, section 5.7, unmasked", () => {
    const frame = encodeFrame({ opcode: opcodes.text, payload: Buffer.from("Hello"), masked: false });
    assert.equal(frame.toString("hex"), "810548656c6c6f");
  });

  test("masks with a fresh mask each time (RFC 6455, 5.3)", () => {
    const frames = Array.from({ length: 8 }, () =>
      encodeFrame({ opcode: opcodes.text, payload: Buffer.from("Hello") }),
    );
    assert.equal(new Set(frames.map((frame) => frame.toString("hex", 2, 6))).size, 8);
    assert.ok(frames.every((frame) => frame[1] === 0x85));
  });

  test("writes every illegal form it is asked for", () => {
    const head = (frame: Buffer): string => frame.toString("hex", 0, 2);
    assert.equal(head(encodeFrame({ opcode: 3, fin: false, rsv: 7, masked: false })), "7300");
    assert.equal(head(encodeFrame({ opcode: 1, payload: Buffer.from("a"), lengthBytes: 2, masked: false })), "817e");
    const huge = encodeFrame({ opcode: 1, declaredLength: 2n ** 63n, masked: false });
    assert.equal(huge.toString("hex"), "817f8000000000000000");
  });
});

describe("RawWebSocket", () => {
  test("reads back what is sent, however it is cut into chunks", async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 70_000 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 9_000 }), fc.boolean(), async (lengths, chunk, masked) => {
        const { ours, theirs } = pair();
        using _ours = ours;
        const payloads = lengths.map((length, at) => Buffer.alloc(length, at + 1));
        const bytes = Buffer.concat(payloads.map((payload) => encodeFrame({ opcode: 2, payload, masked })));
        for (let at = 0; at < bytes.length; at += chunk) theirs.write(bytes.subarray(at, at + chunk));
        for (const payload of payloads) {
          const next = await ours.next(5_000);
          assert.ok(next.kind === "frame");
          assert.ok(next.frame.payload.equals(payload));
          assert.equal(next.frame.masked, masked);
        }
      }),
      { numRuns: 30, verbose: 1 },
    );
  });

  test("does not read a frame larger than it has room for, and says how large it claims to be", async () => {
    const { ours, theirs } = pair();
    using _ours = ours;
    theirs.write(encodeFrame({ opcode: 2, declaredLength: 2n ** 62n, masked: false }));
    assert.deepEqual(await ours.next(1_000), { kind: "too-big", bytes: 2n ** 62n });
  });

  test("tells silence from an end", async () => {
    const { ours, theirs } = pair();
    using _ours = ours;
    theirs.write(Buffer.from([0x81]));
    assert.deepEqual(await ours.next(20), { kind: "silence" });
    theirs.end(Buffer.from([0x00]));
    assert.equal((await ours.next(1_000)).kind, "frame");
    assert.deepEqual(await ours.next(1_000), { kind: "end", how: "ended" });
  });

  test("closes in order, and describes what came", async () => {
    const { ours, theirs } = pair();
    using _ours = ours;
    theirs.write(encodeFrame({ opcode: opcodes.ping, masked: false }));
    theirs.end(encodeFrame({ opcode: opcodes.close, payload: closePayload(1001, "bye"), masked: false }));
    const { answer, end } = await ours.close(1_000);
    assert.equal(describeNext(answer), 'close 1001 "bye"');
    assert.equal(end, "ended");
  });
});

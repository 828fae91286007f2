import assert from "node:assert/strict";
import { test } from "node:test";
import { cborCodec } from "@wardwire/wire/cbor";
import type { Codec, WireMessage } from "@wardwire/wire/codec";
import { type Decoded, decodeClientMessage, decodeGatewayMessage } from "@wardwire/wire/decode";
import type { ClientFrame, GatewayFrame } from "@wardwire/wire/frames";
import { jsonCodec } from "@wardwire/wire/json";
import { clientDecodeLimits } from "@wardwire/wire/limits";
import fc from "fast-check";
import { clientArbitraries, gatewayArbitraries } from "./frame-arbitraries.ts";

type Frame = ClientFrame | GatewayFrame;
const directions = [
  {
    from: "client",
    arbitraries: Object.entries<fc.Arbitrary<Frame>>(clientArbitraries),
    decode: (codec: Codec, message: WireMessage): Decoded<Frame>[] =>
      decodeClientMessage(codec, message, clientDecodeLimits),
  },
  {
    from: "gateway",
    arbitraries: Object.entries<fc.Arbitrary<Frame>>(gatewayArbitraries),
    decode: (codec: Codec, message: WireMessage): Decoded<Frame>[] =>
      decodeGatewayMessage(codec, message, clientDecodeLimits),
  },
];

/** What a decoder gives for frames that are all taken. */
function taken(frames: readonly Frame[]): { ok: true; frame: Frame }[] {
  return frames.map((frame) => ({ ok: true, frame }));
}

for (const codec of [jsonCodec, cborCodec]) {
  for (const { from, arbitraries, decode } of directions) {
    for (const [type, arbitrary] of arbitraries) {
      test(`a ${type} frame from the ${from} comes back as it was from ${codec.encoding} (WP-FRAME-1)`, () => {
        fc.assert(
          fc.property(arbitrary, (frame) => {
            assert.deepEqual(decode(codec, codec.encode(frame)), taken([frame]));
          }),
        );
      });
    }

    test(`frames from the ${from} come back in order from one ${codec.encoding} message (WP-FRAME-2)`, () => {
      const some = fc.array(fc.oneof(...arbitraries.map(([, arbitrary]) => arbitrary)), {
        minLength: 1,
        maxLength: 12,
      });
      fc.assert(
        fc.property(some, (frames) => {
          const message = codec.join(frames.map((frame) => codec.encode(frame)));
          assert.deepEqual(decode(codec, message), taken(frames));
        }),
      );
    });
  }
}

test("the bytes of a text message decode as the text does (WP-JSON-2)", () => {
  const frames = fc.oneof(...Object.values<fc.Arbitrary<Frame>>(clientArbitraries));
  fc.assert(
    fc.property(frames, (frame) => {
      const text = JSON.stringify(frame);
      const fromBytes = decodeClientMessage(jsonCodec, new TextEncoder().encode(text), clientDecodeLimits);
      assert.deepEqual(fromBytes, decodeClientMessage(jsonCodec, text, clientDecodeLimits));
    }),
  );
});

test("undefined fields are left out of either encoding (WP-CBOR-1)", () => {
  const frame = { type: "error", code: "internal", message: "", id: undefined } as unknown as GatewayFrame;
  for (const codec of [jsonCodec, cborCodec]) {
    const expected = [{ ok: true, frame: { type: "error", code: "internal", message: "" } }];
    assert.deepEqual(decodeGatewayMessage(codec, codec.encode(frame), clientDecodeLimits), expected);
  }
});

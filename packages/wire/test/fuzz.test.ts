import assert from "node:assert/strict";
import { test } from "node:test";
import { cborCodec } from "@wardwire/wire/cbor";
import type { Codec, WireMessage } from "@wardwire/wire/codec";
import { type Decoded, decodeClientMessage, decodeGatewayMessage } from "@wardwire/wire/decode";
import type { ClientFrame, GatewayFrame } from "@wardwire/wire/frames";
import { jsonCodec } from "@wardwire/wire/json";
import { gatewayDecodeLimits } from "@wardwire/wire/limits";
import { WireError, type WireErrorCode } from "@wardwire/wire/wire-error";
import fc from "fast-check";
import { mutateBytes, pick, type Random, randomBytes, randomFrom } from "./broken-bytes.ts";
import { clientArbitraries, gatewayArbitraries } from "./frame-arbitraries.ts";
import { bytes, utf8 } from "./wire-assertions.ts";

const inputs = 100_000;
const fatal: readonly WireErrorCode[] = ["message-too-big", "unsupported-data", "malformed", "bad-frame"];
const maxMsPerInput = 1_000;
const seed = Number(process.env["WARDWIRE_FUZZ_SEED"] ?? Date.now() % 0x7fff_ffff);

// Most inputs end in an error; stacks that nobody reads would take longer than the decoding.
Error.stackTraceLimit = 0;

type Frame = ClientFrame | GatewayFrame;
type Decode = (codec: Codec, message: string | Uint8Array, limits: typeof gatewayDecodeLimits) => Decoded<Frame>[];

test(`decodes ${inputs} broken messages and throws nothing but WireError (WP-FRAME-3)`, (t) => {
  t.diagnostic(`WARDWIRE_FUZZ_SEED=${seed}`);
  const random = randomFrom(seed);
  const sample = (arbitraries: object): Frame[] =>
    fc.sample(fc.oneof(...Object.values<fc.Arbitrary<Frame>>({ ...arbitraries })), { numRuns: 100, seed });
  const directions: { decode: Decode; frames: Frame[] }[] = [
    { decode: decodeClientMessage, frames: sample(clientArbitraries) },
    { decode: decodeGatewayMessage, frames: sample(gatewayArbitraries) },
  ];
  const outcomes = new Map<string, number>();
  for (let run = 0; run < inputs; run += 1) {
    const codec = pick(random, [jsonCodec, cborCodec]);
    const { decode, frames } = pick(random, directions);
    const message = pick(random, generators)(random, codec, frames);
    const started = performance.now();
    const outcome = outcomeOf(decode, codec, message, `seed ${seed}, run ${run}`);
    assert.ok(performance.now() - started < maxMsPerInput, `seed ${seed}, run ${run} took too long`);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  t.diagnostic(JSON.stringify(Object.fromEntries(outcomes)));
  // The fuzzer itself is wrong when it stops reaching an outcome.
  for (const outcome of [...fatal, "taken", "unknown-type", "invalid-frame"]) {
    assert.ok((outcomes.get(outcome) ?? 0) > 20, `no input was ${outcome}`);
  }
});

/** The decoder's verdict in a word. What it takes must come out the same when encoded and decoded again. */
function outcomeOf(decode: Decode, codec: Codec, message: WireMessage, run: string): string {
  let results: Decoded<Frame>[];
  try {
    results = decode(codec, message, gatewayDecodeLimits);
  } catch (error) {
    assert.ok(error instanceof WireError, `${run}: expected a WireError, got ${String(error)}`);
    assert.ok(Buffer.byteLength(error.message) <= 123, `${run}: the message does not fit a close frame (WP-CLOSE-3)`);
    return error.code;
  }
  assert.ok(results.length > 0, run);
  for (const result of results) {
    if (!result.ok) continue;
    const encoded = codec.encode(result.frame);
    const [again] = decode(codec, encoded, { ...gatewayDecodeLimits, maxMessageBytes: 1_000_000 });
    assert.ok(again?.ok, `${run}: a frame that was taken is not taken again`);
    assert.deepEqual(codec.encode(again.frame), encoded, run);
  }
  const failed = results.find((result) => !result.ok);
  return failed?.ok === false ? failed.code : "taken";
}

type Generator = (random: Random, codec: Codec, frames: readonly Frame[]) => WireMessage;

const generators: readonly Generator[] = [
  (random) => randomBytes(random, random(64)),
  (random, codec) => {
    const text = randomText(random, random(64));
    return codec.encoding === "json" || random(10) === 0 ? text : utf8(text);
  },
  (random, codec, frames) => asReceived(random, validMessage(random, codec, frames)),
  (random, codec, frames) => mutateBytes(random, toBytes(validMessage(random, codec, frames))),
  (random, codec, frames) => mutateBytes(random, toBytes(validMessage(random, codec, frames))),
  (random, codec, frames) => {
    const message = toBytes(validMessage(random, codec, frames));
    return message.subarray(random(4), random(message.length + 1));
  },
  (random, codec, frames) => asReceived(random, codec.encode(withHostileField(random, pick(random, frames)))),
  (random, codec, frames) => asReceived(random, codec.encode(withHostileField(random, pick(random, frames)))),
  (random, codec) => nested(random, codec),
  (random, codec) => oversized(random, codec),
];

function validMessage(random: Random, codec: Codec, frames: readonly Frame[]): WireMessage {
  const count = random(200) === 0 ? 60 + random(10) : 1 + random(3);
  return codec.join(Array.from({ length: count }, () => codec.encode(pick(random, frames))));
}

const hostileValues: readonly unknown[] = [
  ...[null, true, 0, -1, 1, 0.5, 2 ** 53, -(2 ** 53), 1e300, Number.NaN, Number.POSITIVE_INFINITY],
  ...["", "a", "\ud800", "\u202e", "a".repeat(9_000), "constructor", "\ufeff", [], {}, [[[[]]]], Array(300).fill(0)],
  ...['{"__proto__":{}}', '{"constructor":1}', '{"a":{"prototype":[]}}', '{"\\ud800":1}'].map((text) =>
    JSON.parse(text),
  ),
];

/** Puts a value that does not belong there, or a key that must not be, somewhere into a frame. */
function withHostileField(random: Random, frame: Frame): Frame {
  const copy: unknown = structuredClone(frame);
  let target = copy as Record<string, unknown>;
  let key = pick(random, Object.keys(target));
  for (let inner = target[key]; isNonEmptyObject(inner) && random(3) > 0; inner = target[key]) {
    target = inner;
    key = pick(random, Object.keys(target));
  }
  const action = random(8);
  if (action === 0) delete target[key];
  else if (action === 1)
    target[pick(random, ["extra", "constructor", "prototype", "\udc00"])] = pick(random, hostileValues);
  else target[key] = pick(random, hostileValues);
  return copy as Frame;
}

function isNonEmptyObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function nested(random: Random, codec: Codec): WireMessage {
  const depth = random(3) === 0 ? 2_000 : 28 + random(8);
  if (codec.encoding === "cbor") {
    const head = "a3 6474797065 677075626c697368 676368616e6e656c 01 6464617461";
    return bytes(`${head} ${pick(random, ["81", "a16161"]).repeat(depth)} 00`);
  }
  const [open, close] = pick(random, [
    ["[", "]"],
    ['{"a":', "}"],
    ["[", ""],
  ] as const);
  return `{"type":"publish","channel":1,"data":${open.repeat(depth)}0${close.repeat(depth)}}`;
}

/** Mostly small; now and then a message around the limit in bytes. */
function oversized(random: Random, codec: Codec): WireMessage {
  if (random(20) > 0) return randomBytes(random, 200 + random(200));
  return codec.encode({ type: "publish", channel: 1, data: "a".repeat(65_480 + random(100)) });
}

/** A text message arrives as a string in a browser and as bytes in a server. */
function asReceived(random: Random, message: WireMessage): WireMessage {
  return random(2) === 0 ? toBytes(message) : message;
}

function toBytes(message: WireMessage): Uint8Array {
  return typeof message === "string" ? utf8(message) : message;
}

function randomText(random: Random, length: number): string {
  const alphabet = '{}[]:,"\\ntypeid01 \n\r\t-+.Eu\ud83d\ude00é\u0000';
  return Array.from({ length }, () => alphabet.charAt(random(alphabet.length))).join("");
}

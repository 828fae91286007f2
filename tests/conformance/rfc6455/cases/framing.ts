import { clientFrame, opcodes } from "../../../../packages/gateway/test/host/raw-client.ts";
import { accepted, binary, type ConformanceCase, echoedBinary, echoedText, failed, text } from "../conformance-case.ts";

/** The largest message of the echo these cases are for. */
export const maxMessageBytes = 1_048_576;

/** Lengths at which the form of the length field changes, and those next to them (§5.2). */
const lengths = [0, 1, 125, 126, 127, 128, 65_535, 65_536, 65_537];
const zeroMask = Buffer.alloc(4);

/** Data frames: every form of length, masks, and what may not be (R23, R25). */
export const framingCases: readonly ConformanceCase[] = [
  ...lengths.map((length) => {
    const payload = Buffer.alloc(length, "wardwire");
    return accepted(`a text message of ${length} bytes [§5.2]`, [text(payload)], [echoedText(payload)]);
  }),
  ...lengths.map((length) => {
    const payload = Buffer.from(Array.from({ length }, (_, i) => (i * 7) & 0xff));
    return accepted(`a binary message of ${length} bytes [§5.2]`, [binary(payload)], [echoedBinary(payload)]);
  }),
  accepted("bytes that are no UTF-8 in a binary message [§5.6]", [binary(badUtf8())], [echoedBinary(badUtf8())]),
  accepted("a frame masked with zeros [§5.3]", [frameOf({ mask: zeroMask })], [echoedText("masked")]),
  accepted("frames masked with different keys [§5.3]", differentMasks(), [echoedText("masked"), echoedText("masked")]),
  accepted("a hundred messages at once [§5.4]", Array(100).fill(text("again")), Array(100).fill(echoedText("again"))),
  failed("an unmasked text frame [§5.1]", [clientFrame({ opcode: opcodes.text, payload: "a", masked: false })], 1002),
  failed("an unmasked empty frame [§5.1]", [clientFrame({ opcode: opcodes.binary, masked: false })], 1002),
  failed("an unmasked ping [§5.1]", [clientFrame({ opcode: opcodes.ping, masked: false })], 1002),
  failed("an unmasked frame behind a good one [§5.1]", [text("a"), clientFrame({ opcode: 1, masked: false })], 1002, [
    echoedText("a"),
  ]),
  ...overlongLengths(),
  ...tooLarge(),
];

interface LengthField {
  /** Bytes of the extended length; the short form when left out. */
  readonly bytes?: 2 | 8;
  /** What the length field says; the payload's length when left out. */
  readonly says?: bigint;
  readonly mask?: Buffer;
  readonly payload?: Buffer;
}

/** A text frame with a length field or a mask the sender of a browser never chooses. */
function frameOf({
  bytes,
  says,
  mask = Buffer.from([0, 0xff, 1, 0x80]),
  payload = Buffer.from("masked"),
}: LengthField) {
  const length = says ?? BigInt(payload.length);
  const head = Buffer.alloc(2 + (bytes ?? 0));
  head[0] = 0x80 | opcodes.text;
  head[1] = 0x80 | (bytes === undefined ? Number(length) : bytes === 2 ? 126 : 127);
  if (bytes === 2) head.writeUInt16BE(Number(length), 2);
  if (bytes === 8) head.writeBigUInt64BE(length, 2);
  return Buffer.concat([head, mask, payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0))]);
}

function differentMasks(): Buffer[] {
  return [frameOf({ mask: Buffer.from([1, 2, 3, 4]) }), frameOf({ mask: Buffer.from([0xff, 0, 0xff, 0]) })];
}

/** §5.2: "the minimal number of bytes MUST be used to encode the length". */
function overlongLengths(): ConformanceCase[] {
  const forms = [
    [0, 2],
    [125, 2],
    [0, 8],
    [125, 8],
    [126, 8],
    [65_535, 8],
  ] as const;
  return forms.map(([length, bytes]) =>
    failed(
      `the length ${length} in ${bytes} bytes, more than it needs [§5.2]`,
      [frameOf({ bytes, payload: Buffer.alloc(length, "x") })],
      1002,
    ),
  );
}

/** Decided by the declared length, before any of the payload has come. */
function tooLarge(): ConformanceCase[] {
  const declared: readonly (readonly [string, bigint])[] = [
    ["one byte over the limit", BigInt(maxMessageBytes) + 1n],
    ["2^31", 2n ** 31n],
    ["2^32", 2n ** 32n],
    ["2^53 - 1", 2n ** 53n - 1n],
    ["2^53", 2n ** 53n],
    ["2^63 - 1", 2n ** 63n - 1n],
    ["2^63, the most significant bit", 2n ** 63n],
    ["2^64 - 1", 2n ** 64n - 1n],
  ];
  const heads = declared.map(([what, says]) =>
    failed(`a declared length of ${what} [§5.2, §10.4]`, [frameOf({ bytes: 8, says, payload: Buffer.alloc(0) })], 1009),
  );
  const first = clientFrame({ opcode: opcodes.text, payload: "x", fin: false });
  const rest = frameOf({ bytes: 8, says: BigInt(maxMessageBytes), payload: Buffer.alloc(0) });
  rest[0] = 0x80 | opcodes.continuation;
  const sent = failed("a message over the limit by a byte [§10.4]", [binary(Buffer.alloc(maxMessageBytes + 1))], 1009);
  return [sent, ...heads, failed("fragments that together are one byte over the limit [§10.4]", [first, rest], 1009)];
}

function badUtf8(): Buffer {
  return Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80]);
}

import { opcodes } from "../../../../packages/gateway/test/host/raw-client.ts";
import {
  accepted,
  type ConformanceCase,
  echoedText,
  failed,
  fragments,
  ping,
  ponged,
  text,
} from "../conformance-case.ts";
import { invalidUtf8, validUtf8 } from "../utf8-vectors.ts";

const mixed = Buffer.from("aµ日🍵");
const around = (bytes: Buffer) => Buffer.concat([Buffer.from("µ"), bytes, Buffer.from("日")]);

/**
 * UTF-8 in text messages (§8.1, R24), cut at every byte. §8.1 lets a receiver look at the whole message only, and `ws`
 * does: nothing here asks that a message fail before it is complete.
 */
export const utf8Cases: readonly ConformanceCase[] = [
  ...validUtf8.map(({ name, bytes }) => accepted(`${name} [§8.1]`, [text(bytes)], [echoedText(bytes)])),
  accepted(
    "all of them in fragments of one byte [§8.1]",
    validUtf8.flatMap(({ bytes }) => singly(bytes)),
    [...validUtf8.map(({ bytes }) => echoedText(bytes))],
  ),
  accepted("characters of 1 to 4 bytes, cut at every byte [§8.1]", splits(mixed).flat(), [
    ...splits(mixed).map(() => echoedText(mixed)),
  ]),
  accepted("a ping within a character [§5.4, §8.1]", within(ping("now")), [ponged("now"), echoedText(mixed)]),
  ...invalidUtf8.flatMap(({ name, bytes }) => [
    failed(`${name} [§8.1]`, [text(bytes)], 1007),
    failed(`${name}, between good text [§8.1]`, [text(around(bytes))], 1007),
    failed(`${name}, in fragments of one byte [§8.1]`, singly(around(bytes)), 1007),
    ...splits(bytes).map((message, at) => failed(`${name}, cut behind byte ${at} [§8.1]`, message, 1007)),
  ]),
  failed("half a character, its rest in the next message [§8.1]", halves(), 1007),
  failed("bad text behind good text [§8.1]", [text("good"), text(Buffer.of(0xff))], 1007, [echoedText("good")]),
];

/** The message in two fragments, once for every place to cut it, its ends included. */
function splits(bytes: Buffer): Buffer[][] {
  return Array.from({ length: bytes.length + 1 }, (_, at) =>
    fragments(opcodes.text, [bytes.subarray(0, at), bytes.subarray(at)]),
  );
}

function singly(bytes: Buffer): Buffer[] {
  return fragments(
    opcodes.text,
    Array.from(bytes, (byte) => Buffer.of(byte)),
  );
}

function within(frame: Buffer): Buffer[] {
  const [first = Buffer.alloc(0), last = Buffer.alloc(0)] = fragments(opcodes.text, [
    mixed.subarray(0, 8),
    mixed.subarray(8),
  ]);
  return [first, frame, last];
}

function halves(): Buffer[] {
  return [text(mixed.subarray(0, 2)), text(mixed.subarray(2))];
}

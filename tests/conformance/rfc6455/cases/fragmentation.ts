import { clientFrame, opcodes } from "../../../../packages/gateway/test/host/raw-client.ts";
import {
  accepted,
  type ConformanceCase,
  echoedBinary,
  echoedText,
  failed,
  fragments,
  ping,
  ponged,
  text,
} from "../conformance-case.ts";

const { continuation, text: textCode, binary: binaryCode } = opcodes;
const part = (opcode: number, payload: string, fin = false) => clientFrame({ opcode, payload, fin });
const bytes = Buffer.from(Array.from({ length: 300 }, (_, i) => i & 0xff));

/** Messages in fragments, and every order of fragments that is none (R23). */
export const fragmentationCases: readonly ConformanceCase[] = [
  accepted("a text message in two fragments [§5.4]", fragments(textCode, ["frag", "ment"]), [echoedText("fragment")]),
  accepted("a binary message in three fragments [§5.4]", fragments(binaryCode, thirds(bytes)), [echoedBinary(bytes)]),
  accepted("300 fragments of one byte [§5.4]", fragments(binaryCode, single(bytes)), [echoedBinary(bytes)]),
  accepted("empty fragments [§5.4]", fragments(textCode, ["", "", ""]), [echoedText("")]),
  accepted("empty fragments around one that is not [§5.4]", fragments(textCode, ["", "a", ""]), [echoedText("a")]),
  accepted("a thousand empty fragments [§5.4]", fragments(textCode, Array(1_000).fill("")), [echoedText("")]),
  accepted(
    "a text message, then a binary one, both in fragments [§5.4]",
    [...fragments(textCode, ["a", "b"]), ...fragments(binaryCode, thirds(bytes))],
    [echoedText("ab"), echoedBinary(bytes)],
  ),
  accepted(
    "pings between all of four fragments [§5.4]",
    fragments(textCode, ["a", "b", "c", "d"]).flatMap((fragment, i) => [ping(`${i}`), fragment]),
    [ponged("0"), ponged("1"), ponged("2"), ponged("3"), echoedText("abcd")],
  ),
  accepted(
    "20,000 fragments on one connection, five in each message: the count starts anew [§5.4, R26]",
    Array.from({ length: 4_000 }, () => fragments(textCode, ["a", "b", "c", "d", "e"])).flat(),
    Array(4_000).fill(echoedText("abcde")),
  ),
  failed("a final continuation of nothing [§5.4]", [part(continuation, "x", true)], 1002),
  failed("a continuation of nothing [§5.4]", [part(continuation, "x")], 1002),
  failed("an empty continuation of nothing [§5.4]", [part(continuation, "", true)], 1002),
  failed("a continuation behind a whole message [§5.4]", [text("a"), part(continuation, "x")], 1002, [echoedText("a")]),
  failed(
    "a continuation behind the last fragment [§5.4]",
    [...fragments(textCode, ["a", "b"]), part(continuation, "x", true)],
    1002,
    [echoedText("ab")],
  ),
  ...[textCode, binaryCode].flatMap((first) =>
    [textCode, binaryCode].flatMap((second) => [
      failed(
        `opcode ${second} within a message of opcode ${first} [§5.4]`,
        [part(first, "a"), part(second, "b")],
        1002,
      ),
      failed(`a whole message of opcode ${second} within one of ${first} [§5.4]`, interrupted(first, second), 1002),
    ]),
  ),
  failed(
    "a message within a message, behind a ping [§5.4]",
    [part(textCode, "a"), ping("p"), part(textCode, "b", true)],
    1002,
    [ponged("p")],
  ),
];

function interrupted(first: number, second: number): Buffer[] {
  return [part(first, "a"), part(continuation, "b"), part(second, "c", true)];
}

function thirds(whole: Buffer): Buffer[] {
  const third = Math.ceil(whole.length / 3);
  return [whole.subarray(0, third), whole.subarray(third, 2 * third), whole.subarray(2 * third)];
}

function single(whole: Buffer): Buffer[] {
  return Array.from(whole, (_, i) => whole.subarray(i, i + 1));
}

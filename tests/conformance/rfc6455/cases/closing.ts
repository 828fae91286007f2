import { clientFrame, closeFrame, opcodes } from "../../../../packages/gateway/test/host/raw-client.ts";
import {
  type ConformanceCase,
  closed,
  echoedText,
  failed,
  fragments,
  ping,
  ponged,
  text,
} from "../conformance-case.ts";
import { invalidUtf8, validUtf8 } from "../utf8-vectors.ts";

/** Codes a peer may send: of RFC 6455 §7.4.1, of the IANA registry, and of the ranges for libraries and applications. */
const sendable = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4400, 4999];
/** Codes nobody sends: of no range, reserved, or only for what an application is told. */
const unsendable = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 32_768, 65_535];
const longestReason = "r".repeat(123);
const closePayload = (payload: Uint8Array, fin = true) => clientFrame({ opcode: opcodes.close, payload, fin });
const [opening = Buffer.alloc(0)] = fragments(opcodes.text, ["a", "b"]);

/** The closing handshake: the echo answers with the same code, and one close frame is the last thing it sends. */
export const closingCases: readonly ConformanceCase[] = [
  ended("a close without a code [§5.5.1]", [closePayload(Buffer.alloc(0))], [closed(1005)]),
  ...sendable.map((code) => ended(`the close code ${code} [§7.4]`, [closeFrame(code)], [closed(code)])),
  ...unsendable.map((code) => failed(`the close code ${code} [§7.4]`, [closeFrame(code)], 1002)),
  ended("a reason of 123 bytes [§5.5.1]", [closeFrame(1000, longestReason)], [closed(1000, longestReason)]),
  ...validUtf8.map(({ name, bytes }) =>
    ended(`${name} in the reason [§5.5.1]`, [closeFrame(1000, `${bytes}`)], [closed(1000, `${bytes}`)]),
  ),
  ...invalidUtf8.map(({ name, bytes }) =>
    failed(`${name} in the reason [§5.5.1]`, [closePayload(Buffer.concat([Buffer.of(3, 232), bytes]))], 1007),
  ),
  failed("a close frame with one byte [§5.5.1]", [closePayload(Buffer.of(3))], 1002),
  failed("a close frame with 126 bytes [§5.5]", [closeFrame(1000, `${longestReason}r`)], 1002),
  failed("a close frame as a fragment [§5.5]", [closePayload(Buffer.of(3, 232), false)], 1002),
  ended("a message, then the close [§7.1.2]", [text("a"), closeFrame(1000)], [echoedText("a"), closed(1000)]),
  ended("a ping, then the close [§7.1.2]", [ping("a"), closeFrame(1001)], [ponged("a"), closed(1001)]),
  ended("a close within a message in fragments [§5.4]", [opening, closeFrame(1000)], [closed(1000)]),
  ended("a second close [§5.5.1]", [closeFrame(1000), closeFrame(1001)], [closed(1000)]),
  ended("a message behind the close [§5.5.1]", [closeFrame(1000), text("late")], [closed(1000)]),
  ended("a ping behind the close [§5.5.1]", [closeFrame(1000), ping("late")], [closed(1000)]),
  ended("a fragment behind the close [§5.5.1]", [closeFrame(1000), opening], [closed(1000)]),
  ended("a broken frame behind the close [§5.5.1]", [closeFrame(1000), Buffer.of(0xff, 0xff, 0xff)], [closed(1000)]),
  ended("64 KiB behind the close [§5.5.1]", [closeFrame(1000), text("x".repeat(65_536))], [closed(1000)]),
];

/** Frames of which the last that counts is a close the peer may send. */
function ended(name: string, sent: readonly Uint8Array[], answers: readonly string[]): ConformanceCase {
  return { name, bytes: Buffer.concat(sent), answers };
}

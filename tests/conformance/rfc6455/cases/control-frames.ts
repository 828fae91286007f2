import { clientFrame, opcodes } from "../../../../packages/gateway/test/host/raw-client.ts";
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

const pong = (payload: string | Uint8Array = "") => clientFrame({ opcode: opcodes.pong, payload });
const longest = Buffer.from(Array.from({ length: 125 }, (_, i) => 0xff - i));
const thousandPings = Array.from({ length: 1_000 }, (_, i) => `${i}`);
const tenPings = Array.from({ length: 10 }, (_, i) => `ping ${i}`);
const [opening = Buffer.alloc(0), closing = Buffer.alloc(0)] = fragments(opcodes.text, ["frag", "ment"]);

/** Pings and pongs (R23): answered in order, with the same payload, wherever they stand. */
export const controlFrameCases: readonly ConformanceCase[] = [
  accepted("a ping without payload [§5.5.2]", [ping()], [ponged()]),
  accepted("a ping with text [§5.5.2]", [ping("are you there?")], [ponged("are you there?")]),
  accepted(
    "a ping with bytes that are no UTF-8 [§5.5.2]",
    [ping(longest.subarray(0, 7))],
    [ponged(longest.subarray(0, 7))],
  ),
  accepted("a ping of 125 bytes, the most there may be [§5.5]", [ping(longest)], [ponged(longest)]),
  accepted(
    "ten pings at once [§5.5.2]",
    tenPings.map((payload) => ping(payload)),
    tenPings.map((payload) => ponged(payload)),
  ),
  accepted(
    "a thousand pings at once [§5.5.2]",
    thousandPings.map((payload) => ping(payload)),
    thousandPings.map((payload) => ponged(payload)),
  ),
  accepted(
    "a ping between two messages [§5.5.2]",
    [text("a"), ping("b"), text("c")],
    [echoedText("a"), ponged("b"), echoedText("c")],
  ),
  accepted(
    "a ping between two fragments [§5.4]",
    [opening, ping("now"), closing],
    [ponged("now"), echoedText("fragment")],
  ),
  accepted(
    "ten pings between two fragments [§5.4]",
    [opening, ...tenPings.map((payload) => ping(payload)), closing],
    [...tenPings.map((payload) => ponged(payload)), echoedText("fragment")],
  ),
  accepted("a pong nobody asked for [§5.5.3]", [pong(), text("a")], [echoedText("a")]),
  accepted("a pong with a payload nobody asked for [§5.5.3]", [pong(longest), ping("b")], [ponged("b")]),
  accepted("a pong between two fragments [§5.4]", [opening, pong("x"), closing], [echoedText("fragment")]),
  ...[opcodes.ping, opcodes.pong].flatMap((opcode) => [
    failed(`opcode ${opcode} with 126 bytes [§5.5]`, [clientFrame({ opcode, payload: Buffer.alloc(126) })], 1002),
    failed(`opcode ${opcode} with 65,536 bytes [§5.5]`, [clientFrame({ opcode, payload: Buffer.alloc(65_536) })], 1002),
    failed(`opcode ${opcode} as a fragment [§5.5]`, [clientFrame({ opcode, payload: "x", fin: false })], 1002),
    failed(
      `opcode ${opcode} in two fragments [§5.5]`,
      [clientFrame({ opcode, fin: false }), clientFrame({ opcode: opcodes.continuation })],
      1002,
    ),
    failed(
      `opcode ${opcode} with 126 bytes between two fragments [§5.5]`,
      [opening, clientFrame({ opcode, payload: Buffer.alloc(126) }), closing],
      1002,
    ),
  ]),
];

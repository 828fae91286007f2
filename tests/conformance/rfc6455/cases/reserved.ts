import { clientFrame, opcodes } from "../../../../packages/gateway/test/host/raw-client.ts";
import { type ConformanceCase, echoedText, failed, fragments, ponged, text } from "../conformance-case.ts";

const reservedOpcodes = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];
const kinds = [opcodes.text, opcodes.binary, opcodes.close, opcodes.ping, opcodes.pong];
const [opening = Buffer.alloc(0)] = fragments(opcodes.text, ["a", "b"]);

/**
 * Reserved bits and opcodes (R23). Each connection has offered permessage-deflate, which the gateway does not take
 * (R28): RSV1 means nothing on it.
 */
export const reservedCases: readonly ConformanceCase[] = [
  ...[1, 2, 3, 4, 5, 6, 7].flatMap((rsv) =>
    kinds.map((opcode) => failed(`opcode ${opcode} with RSV bits ${rsv} [§5.2]`, [clientFrame({ opcode, rsv })], 1002)),
  ),
  failed("an RSV bit in a continuation [§5.2]", [opening, clientFrame({ opcode: opcodes.continuation, rsv: 4 })], 1002),
  failed(
    "an RSV bit behind a message and a ping [§5.2]",
    [text("a"), clientFrame({ opcode: opcodes.ping }), clientFrame({ opcode: opcodes.text, payload: "b", rsv: 1 })],
    1002,
    [echoedText("a"), ponged()],
  ),
  failed(
    "a deflated message, the extension having been offered but not taken [§5.2, RFC 7692 §6]",
    [clientFrame({ opcode: opcodes.text, payload: Buffer.from("f248cdc9c90700", "hex"), rsv: 4 })],
    1002,
  ),
  ...reservedOpcodes.flatMap((opcode) => [
    failed(`the reserved opcode ${opcode} [§5.2]`, [clientFrame({ opcode })], 1002),
    failed(`the reserved opcode ${opcode} with a payload [§5.2]`, [clientFrame({ opcode, payload: "reserved" })], 1002),
    failed(`the reserved opcode ${opcode} as a fragment [§5.2]`, [clientFrame({ opcode, fin: false })], 1002),
    failed(`the reserved opcode ${opcode} behind a message [§5.2]`, [text("a"), clientFrame({ opcode })], 1002, [
      echoedText("a"),
    ]),
    failed(`the reserved opcode ${opcode} between fragments [§5.2]`, [opening, clientFrame({ opcode })], 1002),
  ]),
];

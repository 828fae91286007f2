import { clientFrame, closeFrame, opcodes } from "../../../../packages/gateway/test/host/raw-client.ts";
import { type AttackKind, memberSending } from "../attacker.ts";

const { continuation, text, binary, close, ping, pong } = opcodes;
const half = "x".repeat(40_000);
const repeated = (count: number, frame: Buffer): Buffer => Buffer.concat(Array<Buffer>(count).fill(frame));

/** Members that break RFC 6455, or keep it in bad faith. */
export const frameKinds: readonly AttackKind[] = [
  {
    name: "floods of fragments",
    attacks: [
      memberSending(
        1009,
        clientFrame({ opcode: text, payload: "x", fin: false }),
        repeated(300, clientFrame({ opcode: continuation, payload: "x", fin: false })),
      ),
    ],
  },
  {
    name: "declared lengths of 2^40 bytes",
    attacks: [memberSending(1009, Buffer.from("82ff00000100000000001234567800000000", "hex"))],
  },
  {
    name: "messages of 80,000 bytes",
    attacks: [
      memberSending(1009, clientFrame({ opcode: text, payload: half + half })),
      memberSending(
        1009,
        clientFrame({ opcode: text, payload: half, fin: false }),
        clientFrame({ opcode: continuation, payload: half }),
      ),
    ],
  },
  {
    name: "unmasked, reserved and unknown frames",
    attacks: [
      memberSending(1002, clientFrame({ opcode: text, payload: "{}", masked: false })),
      memberSending(1002, clientFrame({ opcode: text, payload: "{}", rsv: 4 })),
      memberSending(1002, clientFrame({ opcode: 3, payload: "{}" })),
    ],
  },
  {
    name: "floods of pings and pongs",
    attacks: [
      memberSending(4429, repeated(500, clientFrame({ opcode: ping, payload: "x".repeat(125) }))),
      memberSending(4429, repeated(500, clientFrame({ opcode: pong }))),
    ],
  },
  {
    name: "text that is not UTF-8, or no text",
    attacks: [
      memberSending(1007, clientFrame({ opcode: text, payload: Buffer.from("fffefd", "hex") })),
      memberSending(1003, clientFrame({ opcode: binary, payload: Buffer.from("a0", "hex") })),
    ],
  },
  {
    name: "games with close frames",
    attacks: [
      memberSending(1002, clientFrame({ opcode: close, payload: "x" })),
      memberSending(1002, closeFrame(1005)),
      memberSending(1000, closeFrame(1000), repeated(100, clientFrame({ opcode: ping }))),
    ],
  },
];

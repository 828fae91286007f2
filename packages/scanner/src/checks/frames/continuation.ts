import type { Check } from "../../check.ts";
import { opcodes } from "../../raw/frame.ts";
import { illegalFrameCheck } from "./illegal-frames.ts";

export const continuation: Check = illegalFrameCheck(
  {
    id: "WW-FRAME-07",
    title: "Fragments out of order are refused",
    severity: "low",
    requirements: ["R23", "RFC 6455 5.4", "CWE-20"],
    why: "A server that mixes messages up shows one what was meant for another place.",
  },
  [
    {
      sent: "a continuation of nothing",
      frames: [{ opcode: opcodes.continuation, payload: Buffer.from("a") }],
      codes: [1002],
    },
    {
      sent: "a message within a message",
      frames: [
        { opcode: opcodes.text, payload: Buffer.from("a"), fin: false },
        { opcode: opcodes.text, payload: Buffer.from("b") },
      ],
      codes: [1002],
    },
  ],
);

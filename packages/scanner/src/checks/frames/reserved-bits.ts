import type { Check } from "../../check.ts";
import { opcodes } from "../../raw/frame.ts";
import { illegalFrameCheck } from "./illegal-frames.ts";

export const reservedBits: Check = illegalFrameCheck(
  {
    id: "WW-FRAME-04",
    title: "Reserved bits without an extension are refused",
    severity: "low",
    requirements: ["R23", "RFC 6455 5.2", "CWE-20"],
    why: "A server that ignores these bits takes compressed data for text.",
  },
  [
    {
      sent: "a text frame with RSV1",
      frames: [{ opcode: opcodes.text, payload: Buffer.from("a"), rsv: 4 }],
      codes: [1002],
    },
    {
      sent: "a text frame with RSV3",
      frames: [{ opcode: opcodes.text, payload: Buffer.from("a"), rsv: 1 }],
      codes: [1002],
    },
  ],
);

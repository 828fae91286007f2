import type { Check } from "../../check.ts";
import { closePayload, opcodes } from "../../raw/frame.ts";
import { illegalFrameCheck } from "./illegal-frames.ts";

export const closeFrames: Check = illegalFrameCheck(
  {
    id: "WW-FRAME-10",
    title: "Malformed close frames are refused",
    severity: "low",
    requirements: ["R23", "R24", "R36", "RFC 6455 5.5.1", "RFC 6455 7.4", "CWE-20"],
    why: "A close frame is the last thing a parser reads, and the least tested.",
  },
  [
    {
      sent: "a close frame of one byte",
      frames: [{ opcode: opcodes.close, payload: Buffer.from([3]) }],
      codes: [1002],
    },
    { sent: "the code 1005", frames: [{ opcode: opcodes.close, payload: closePayload(1005) }], codes: [1002] },
  ],
);

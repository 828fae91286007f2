import type { Check } from "../../check.ts";
import { opcodes } from "../../raw/frame.ts";
import { illegalFrameCheck } from "./illegal-frames.ts";

export const controlFrames: Check = illegalFrameCheck(
  {
    id: "WW-FRAME-06",
    title: "Control frames that are too long or in fragments are refused",
    severity: "low",
    requirements: ["R23", "RFC 6455 5.5", "CWE-20"],
    why: "Control frames are handled at once and without limits of their own: their 125 bytes are the limit.",
  },
  [
    { sent: "a ping of 126 bytes", frames: [{ opcode: opcodes.ping, payload: Buffer.alloc(126) }], codes: [1002] },
    { sent: "a ping without FIN", frames: [{ opcode: opcodes.ping, fin: false }], codes: [1002] },
  ],
);

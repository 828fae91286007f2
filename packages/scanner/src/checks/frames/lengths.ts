import type { Check } from "../../check.ts";
import { opcodes } from "../../raw/frame.ts";
import { illegalFrameCheck } from "./illegal-frames.ts";

export const lengths: Check = illegalFrameCheck(
  {
    id: "WW-FRAME-08",
    title: "Lengths that are impossible or not minimal are refused",
    severity: "low",
    requirements: ["R23", "RFC 6455 5.2", "CVE-2026-1528", "CVE-2026-27889", "CWE-190"],
    why: "Lengths of 64 bits have overflowed parsers and killed whole processes.",
  },
  [
    {
      sent: "a length with the highest bit",
      frames: [{ opcode: opcodes.text, declaredLength: 2n ** 63n }],
      codes: [1002, 1009],
    },
    {
      sent: "one byte with a length of 16 bits",
      frames: [{ opcode: opcodes.text, payload: Buffer.from("a"), lengthBytes: 2 }],
      codes: [1002],
    },
  ],
);

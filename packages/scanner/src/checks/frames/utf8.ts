import type { Check } from "../../check.ts";
import { opcodes } from "../../raw/frame.ts";
import { illegalFrameCheck } from "./illegal-frames.ts";

export const invalidUtf8: Check = illegalFrameCheck(
  {
    id: "WW-FRAME-09",
    title: "Text that is not UTF-8 is refused",
    severity: "low",
    requirements: ["R24", "RFC 6455 8.1", "CWE-176"],
    why: "What one program takes for harmless bytes another one decodes to something else.",
  },
  [
    {
      sent: "the bytes C0 AF as text",
      frames: [{ opcode: opcodes.text, payload: Buffer.from([0xc0, 0xaf]) }],
      codes: [1007],
    },
  ],
);

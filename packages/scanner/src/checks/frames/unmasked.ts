import type { Check } from "../../check.ts";
import { opcodes } from "../../raw/frame.ts";
import { illegalFrameCheck } from "./illegal-frames.ts";

export const unmaskedFrame: Check = illegalFrameCheck(
  {
    id: "WW-FRAME-03",
    title: "An unmasked frame is refused",
    severity: "low",
    requirements: ["R23", "RFC 6455 5.1", "RFC 6455 10.3", "CWE-20"],
    why: "Masking keeps pages from writing chosen bytes through proxies; a server that takes anything is no WebSocket server.",
  },
  [
    {
      sent: "an unmasked text frame",
      frames: [{ opcode: opcodes.text, payload: Buffer.from("a"), masked: false }],
      codes: [1002],
    },
  ],
);

import type { Check } from "../../check.ts";
import { illegalFrameCheck } from "./illegal-frames.ts";

export const reservedOpcodes: Check = illegalFrameCheck(
  {
    id: "WW-FRAME-05",
    title: "Reserved opcodes are refused",
    severity: "low",
    requirements: ["R23", "RFC 6455 5.2", "CWE-20"],
    why: "What a server does not understand it must not skip: the next server on the way may read it otherwise.",
  },
  [
    { sent: "opcode 3", frames: [{ opcode: 3, payload: Buffer.from("a") }], codes: [1002] },
    { sent: "opcode 11", frames: [{ opcode: 11, payload: Buffer.from("a") }], codes: [1002] },
  ],
);

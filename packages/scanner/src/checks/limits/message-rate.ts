import { type Check, defineCheck } from "../../check.ts";
import { opcodes } from "../../raw/frame.ts";
import { flood } from "./flood.ts";
import { rateMend } from "./limits-mend.ts";

const messages = 1_000;

export const messageRate: Check = defineCheck({
  id: "WW-LIMIT-06",
  title: "Too many messages are refused",
  severity: "medium",
  requirements: ["R29", "ASVS 2.4.1", "CWE-770", "CWE-799"],
  why: "Without a rate one connection takes all the time the server has.",
  mend: rateMend,
  mode: "active",
  needs: ["websocket"],
  probe: (subject) => flood(subject, messages, () => ({ opcode: opcodes.text, payload: Buffer.from("{}") })),
  judge: ({ stopped, evidence }) => ({
    status: stopped ? "pass" : "fail",
    sent: `${messages} small messages at once`,
    evidence,
  }),
});

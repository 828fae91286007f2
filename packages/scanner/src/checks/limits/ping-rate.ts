import { type Check, defineCheck } from "../../check.ts";
import { opcodes } from "../../raw/frame.ts";
import { flood } from "./flood.ts";
import { rateMend } from "./limits-mend.ts";

const pings = 2_000;

export const pingRate: Check = defineCheck({
  id: "WW-LIMIT-07",
  title: "Too many pings are refused",
  severity: "low",
  requirements: ["R29", "CWE-770"],
  why: "Every ping makes the server send a pong; a client that does not read them makes it keep them.",
  mend: rateMend,
  mode: "active",
  needs: ["websocket"],
  probe: (subject) => flood(subject, pings, () => ({ opcode: opcodes.ping, payload: Buffer.alloc(125) })),
  judge: ({ stopped, evidence }) => ({ status: stopped ? "pass" : "fail", sent: `${pings} pings at once`, evidence }),
});

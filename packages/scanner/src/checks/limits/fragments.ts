import { type Check, defineCheck } from "../../check.ts";
import { opcodes } from "../../raw/frame.ts";
import { flood } from "./flood.ts";
import { messageSizeMend } from "./limits-mend.ts";

const fragments = 20_000;

export const manyFragments: Check = defineCheck({
  id: "WW-LIMIT-05",
  title: "A message in very many fragments is refused",
  severity: "medium",
  requirements: ["R26", "CVE-2026-48779", "CWE-770"],
  why: "A server that keeps every fragment holds many times what was sent, without a byte of payload.",
  mend: {
    ...messageSizeMend,
    advice: "Count the fragments of a message, the empty ones too.",
    ws: "new WebSocketServer({ maxPayload: 65_536, maxFragments: 256 }) // ws 8.21 or later",
    wardwire: "limits: { maxFragments: 256 }, the default",
  },
  mode: "active",
  needs: ["websocket"],
  probe: (subject) =>
    flood(subject, fragments, (at) => ({ opcode: at === 0 ? opcodes.text : opcodes.continuation, fin: false })),
  judge: ({ stopped, evidence }) => ({
    status: stopped ? "pass" : "fail",
    sent: `a message in ${fragments} empty fragments, without an end`,
    evidence,
  }),
});

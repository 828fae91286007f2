import { type Check, defineCheck } from "../../check.ts";
import { firstFrames } from "../../first-frames.ts";

export const serverFrames: Check = defineCheck({
  id: "WW-FRAME-12",
  title: "The server's own frames are legal",
  severity: "low",
  requirements: ["R23", "RFC 6455 5.1"],
  why: "Clients must fail the connection at a masked or otherwise illegal frame of the server.",
  mend: {
    advice: "Use a maintained WebSocket library; write no frames yourself.",
    ws: "npm install ws@latest",
    wardwire: "sends legal frames by itself",
  },
  needs: ["websocket"],
  probe: firstFrames,
  judge: (frames) => {
    const sent = "a message and a ping, to see frames of the server";
    const faults = frames.flatMap(({ masked, rsv, opcode }) => [
      ...(masked ? ["a masked frame"] : []),
      ...(rsv === 0 ? [] : [`reserved bits ${rsv}`]),
      ...([0, 1, 2, 8, 9, 10].includes(opcode) ? [] : [`opcode ${opcode}`]),
    ]);
    if (faults.length > 0) return { status: "fail", sent, evidence: [...new Set(faults)].join(", ") };
    return { status: frames.length === 0 ? "info" : "pass", sent, evidence: `${frames.length} frames looked at` };
  },
});

import { deflateRawSync } from "node:zlib";
import { type Check, defineCheck } from "../../check.ts";
import type { Mend } from "../../finding.ts";
import { opcodes } from "../../raw/frame.ts";
import { headerOf } from "../../raw/http.ts";
import { closeCodeOf, describeNext } from "../../raw/websocket.ts";
import { openAs } from "../../subject.ts";

export const compressionMend: Mend = {
  advice: "Leave permessage-deflate off, or bound what a message may grow to while it is inflated.",
  ws: "new WebSocketServer({ perMessageDeflate: false, maxPayload: 65_536 })",
  socketio: "new Server(server, { perMessageDeflate: false, maxHttpBufferSize: 65_536 })",
  nginx: 'proxy_set_header Sec-WebSocket-Extensions "";',
  wardwire: "never compresses",
};

const bombBytes = 8 * 1_024 * 1_024;

export const bomb: Check = defineCheck({
  id: "WW-LIMIT-04",
  title: "A compression bomb is refused while it is inflated",
  severity: "high",
  requirements: ["R28", "R25", "RFC 7692 8", "CWE-409"],
  why: "Eight kilobytes on the wire become eight megabytes in memory, for every connection that sends them.",
  mend: compressionMend,
  mode: "active",
  needs: ["websocket"],
  probe: async (subject) => {
    using opened = await openAs(subject, {
      headers: { "Sec-WebSocket-Extensions": "permessage-deflate; client_no_context_takeover" },
    });
    const chosen = headerOf(opened.answer, "sec-websocket-extensions") ?? "";
    if (opened.socket === undefined || !chosen.includes("permessage-deflate")) return undefined;
    // The last four bytes of a flushed block are left out (RFC 7692, section 7.2.1).
    const deflated = deflateRawSync(Buffer.alloc(bombBytes, 0x61), { finishFlush: 2 }).subarray(0, -4);
    opened.socket.send({ opcode: opcodes.text, payload: deflated, rsv: 4 });
    opened.socket.send({ opcode: opcodes.ping, payload: Buffer.from("after") });
    const isAnswer = (opcode: number): boolean => opcode !== opcodes.ping;
    const next = await opened.socket.find(({ opcode }) => isAnswer(opcode), subject.endpoint.timeoutMs);
    return { onWire: deflated.length, next };
  },
  judge: (saw) => {
    const sent = "a text message that inflates to 8 MiB";
    if (saw === undefined) return { status: "pass", sent: "an offer of permessage-deflate", evidence: "not chosen" };
    const { next, onWire } = saw;
    const evidence = `${onWire} bytes on the wire: ${describeNext(next)}`;
    const isRefused = next.kind === "end" || (next.kind === "frame" && next.frame.opcode === opcodes.close);
    if (!isRefused) return { status: "fail", sent, evidence };
    const code = next.kind === "frame" ? closeCodeOf(next.frame) : 1009;
    return { status: code === 1009 ? "pass" : "info", sent, evidence };
  },
});

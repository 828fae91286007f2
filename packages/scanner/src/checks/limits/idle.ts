import { type Check, defineCheck } from "../../check.ts";
import { opcodes } from "../../raw/frame.ts";
import { describeNext } from "../../raw/websocket.ts";
import { openAs } from "../../subject.ts";

export const idle: Check = defineCheck({
  id: "WW-LIMIT-11",
  title: "A silent connection is pinged or closed",
  severity: "low",
  requirements: ["R32", "R18", "ASVS 7.3.1", "CWE-613", "CWE-400"],
  why: "Connections whose other end is gone stay open for hours, and take room and messages.",
  mend: {
    advice: "Ping every 25 s, and close what does not answer by the next ping.",
    ws: "setInterval(() => { for (const s of wss.clients) { if (!s.alive) s.terminate(); s.alive = false; s.ping(); } }, 25_000)",
    socketio: "new Server(server, { pingInterval: 25_000, pingTimeout: 20_000 }) // the default",
    nginx: "proxy_read_timeout 60s;",
    wardwire: "limits: { heartbeatMs: 25_000 }, the default",
  },
  mode: "thorough",
  needs: ["websocket"],
  probe: async (subject) => {
    using opened = await openAs(subject);
    const { silenceMs } = subject.endpoint.settings;
    const began = performance.now();
    // Some protocols ping in messages of their own, Socket.IO by the text 2.
    const isSign = (opcode: number): boolean => opcode !== opcodes.pong && opcode !== opcodes.continuation;
    const isLate = (): boolean => performance.now() - began > 2_000;
    const next = await opened.socket?.find(
      ({ opcode }) => isSign(opcode) && isLate(),
      silenceMs,
      Number.POSITIVE_INFINITY,
    );
    return { next, afterMs: performance.now() - began };
  },
  judge: ({ next, afterMs }, { endpoint }) => {
    const sent = `nothing for ${endpoint.settings.silenceMs / 1_000} s`;
    if (next === undefined) return { status: "skipped", sent, evidence: "the handshake was refused" };
    const evidence = `${describeNext(next)} after ${(afterMs / 1_000).toFixed(1)} s`;
    return { status: next.kind === "silence" ? "fail" : "pass", sent, evidence };
  },
});

import { type Check, defineCheck } from "../../check.ts";
import { closeCodeOf, describeNext } from "../../raw/websocket.ts";
import { openAs } from "../../subject.ts";

export const closing: Check = defineCheck({
  id: "WW-FRAME-11",
  title: "A close frame is answered and the connection ended",
  severity: "low",
  requirements: ["R36", "RFC 6455 7.1.1", "RFC 6455 5.5.1"],
  why: "Servers that leave connections half closed collect them until they have no room for new ones.",
  mend: {
    advice: "Answer a close frame with one, then end the TCP connection.",
    ws: 'socket.on("close", release); // ws answers by itself',
    wardwire: "does so by itself",
  },
  needs: ["websocket"],
  probe: async (subject) => {
    using opened = await openAs(subject);
    return await opened.socket?.close(Math.min(subject.endpoint.timeoutMs, 2_000));
  },
  judge: (closed) => {
    const sent = "close 1000";
    if (closed === undefined) return { status: "skipped", sent, evidence: "the handshake was refused" };
    const { answer, end } = closed;
    const evidence = `${describeNext(answer)}, then ${end === undefined ? "the connection stayed open" : `it ${end === "reset" ? "was reset" : "ended"}`}`;
    const isAnswered = answer.kind === "frame";
    if (!isAnswered && end === undefined) return { status: "fail", sent, evidence };
    const isClean = isAnswered && [1000, 1005].includes(closeCodeOf(answer.frame)) && end !== undefined;
    return { status: isClean ? "pass" : "info", sent, evidence };
  },
});

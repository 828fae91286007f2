import { type Check, defineCheck } from "../../check.ts";
import { opcodes } from "../../raw/frame.ts";
import { describeNext } from "../../raw/websocket.ts";
import { openAs } from "../../subject.ts";

export const answersPing: Check = defineCheck({
  id: "WW-LIMIT-10",
  title: "A ping is answered by its pong",
  severity: "low",
  requirements: ["R32", "RFC 6455 5.5.2", "RFC 6455 5.5.3"],
  why: "Proxies and clients tell by pongs whether a connection still lives.",
  mend: {
    advice: "Answer every ping with a pong of the same payload.",
    ws: "new WebSocketServer({ autoPong: true }) // the default",
    wardwire: "answers by itself",
  },
  needs: ["websocket"],
  probe: async (subject) => {
    using opened = await openAs(subject);
    opened.socket?.send({ opcode: opcodes.ping, payload: Buffer.from("wardwire") });
    const isAnswer = (opcode: number): boolean => opcode === opcodes.pong || opcode === opcodes.close;
    return await opened.socket?.find(({ opcode }) => isAnswer(opcode), Math.min(subject.endpoint.timeoutMs, 2_000));
  },
  judge: (next) => {
    const sent = 'a ping with the payload "wardwire"';
    const evidence = next === undefined ? "the handshake was refused" : describeNext(next);
    const isPong = next?.kind === "frame" && next.frame.opcode === opcodes.pong;
    const isSame = isPong && next.frame.payload.toString() === "wardwire";
    return { status: isSame ? "pass" : "fail", sent, evidence };
  },
});

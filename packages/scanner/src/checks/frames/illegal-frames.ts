import { randomBytes } from "node:crypto";
import { type Check, defineCheck, type Verdict } from "../../check.ts";
import type { CheckFacts, Mend } from "../../finding.ts";
import { type FrameToSend, opcodes } from "../../raw/frame.ts";
import { ProbeFailure } from "../../raw/probe-failure.ts";
import { closeCodeOf, describeNext, type Next } from "../../raw/websocket.ts";
import { openAs, type Subject } from "../../subject.ts";

/** A sequence of frames that no server may put up with. */
export interface Illegal {
  /** In words. */
  readonly sent: string;
  readonly frames: readonly FrameToSend[];
  /** Close codes that fit. */
  readonly codes: readonly number[];
}

/**
 * A check that sends illegal frames, each sequence on its own connection, and a ping behind them. A pong shows that the
 * server goes on as if nothing had been; RFC 6455, section 7.1.7, wants the connection failed.
 */
export function illegalFrameCheck(facts: Omit<CheckFacts, "mend">, illegal: readonly Illegal[]): Check {
  return defineCheck({
    ...facts,
    mend: frameMend,
    needs: ["websocket"],
    probe: (subject) => Promise.all(illegal.map((each) => attempt(subject, each))),
    judge: judgeFrames,
  });
}

interface Tried extends Illegal {
  readonly next: Next;
  readonly wentOn: boolean;
}

async function attempt(subject: Subject, illegal: Illegal): Promise<Tried> {
  using opened = await openAs(subject);
  const { socket, fault } = opened;
  if (socket === undefined) throw new ProbeFailure("refused", `the opening handshake was refused: ${fault}`);
  for (const frame of illegal.frames) socket.send(frame);
  const canary = randomBytes(8);
  socket.send({ opcode: opcodes.ping, payload: canary });
  const isPong = (opcode: number, payload: Uint8Array): boolean => opcode === opcodes.pong && canary.equals(payload);
  const next = await socket.find(
    ({ opcode, payload }) => opcode === opcodes.close || isPong(opcode, payload),
    Math.min(subject.endpoint.timeoutMs, 1_000),
  );
  return { ...illegal, next, wentOn: next.kind === "frame" && next.frame.opcode === opcodes.pong };
}

function judgeFrames(tried: readonly Tried[]): Verdict {
  const sent = tried.map((each) => each.sent).join("; ");
  const evidence = tried.map((each) => `${each.sent}: ${each.wentOn ? "went on" : describeNext(each.next)}`).join("; ");
  if (tried.some(({ wentOn }) => wentOn)) return { status: "fail", sent, evidence };
  const isExact = tried.every(({ next, codes }) => {
    if (next.kind === "end") return true;
    return next.kind === "frame" && codes.includes(closeCodeOf(next.frame));
  });
  return { status: isExact ? "pass" : "info", sent, evidence };
}

const frameMend: Mend = {
  advice: "Use a maintained WebSocket library and leave its checks on; write no frame parser.",
  ws: "new WebSocketServer({ skipUTF8Validation: false }); // the default",
  socketio: "npm install socket.io@latest // checks frames through ws",
  nginx: "# nginx passes frames on unread: the application must check them",
  wardwire: "closes with 1002, 1007 or 1009 by itself",
};

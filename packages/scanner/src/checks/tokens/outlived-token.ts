import { type Check, defineCheck, type Verdict } from "../../check.ts";
import { opcodes } from "../../raw/frame.ts";
import { describeNext, type Next, type RawWebSocket } from "../../raw/websocket.ts";
import { exchangeOf, openAs, type Subject } from "../../subject.ts";
import { type Admission, admitStranger, letIn } from "./admission.ts";
import { tokenMend } from "./token-mend.ts";
import { endOf } from "./token-parts.ts";

export const outlivedToken: Check = defineCheck({
  id: "WW-TOKEN-05",
  title: "A connection ends with its token",
  severity: "medium",
  requirements: ["R39", "ASVS 7.3.2", "ASVS 7.4.1", "RFC 7519 4.1.4", "CWE-613", "WSTG-SESS-07"],
  why: "A WebSocket lives for hours: whoever was let in with a token that has ended, or was taken away, stays in.",
  mend: {
    ...tokenMend("Close the connection when its token ends, unless a newer one has come over it before."),
    ws: 'const end = setTimeout(() => socket.close(4401, "token expired"), exp * 1_000 - Date.now());\nsocket.on("close", () => clearTimeout(end));',
    socketio:
      'const end = setTimeout(() => socket.disconnect(true), exp * 1_000 - Date.now());\nsocket.on("disconnect", () => clearTimeout(end));',
    nginx: "cannot: it looks at a token in the handshake and never again",
    wardwire: "closes with 4401 by itself; its client renews the token before that",
  },
  mode: "thorough",
  needs: ["websocket", "token"],
  probe: watch,
  judge: (saw) => (typeof saw === "string" ? { status: "skipped", sent: "", evidence: saw } : judgeEnd(saw)),
});

/** A connection that was watched past the end of its token. */
export interface Watched {
  /** How the watch ended. */
  readonly next: Next;
  /** When it did, in milliseconds after the end of the token; negative before it. */
  readonly afterMs: number;
}

/** What is left of the waiting time after the token's end must allow for clocks that are not quite the same. */
const leastAfterMs = 2_000;

/** Judges what became of a connection. */
export function judgeEnd({ next, afterMs }: Watched): Verdict {
  const sent = "the token, then nothing but pongs";
  const seconds = `${(Math.abs(afterMs) / 1_000).toFixed(1)} s`;
  const isClosed = next.kind === "end" || next.kind === "frame";
  if (afterMs < (isClosed ? -leastAfterMs : 0)) {
    return { status: "skipped", sent, evidence: `${describeNext(next)}, ${seconds} before the token ended` };
  }
  if (!isClosed) return { status: "fail", sent, evidence: `still open ${seconds} after the token had ended` };
  const when = afterMs < 0 ? "before the token ended" : "after the token had ended";
  return { status: "pass", sent, evidence: `${describeNext(next)}, ${seconds} ${when}` };
}

/** Comes in with the token and stays for the whole waiting time; a text says why nothing could be seen. */
async function watch(subject: Subject): Promise<Watched | string> {
  const { settings } = subject.endpoint;
  const endsAt = endOf(settings.token ?? "");
  if (endsAt === undefined) return "the token is no JSON Web Token that says when it ends";
  const stranger = await admitStranger(subject);
  if (stranger.admitted === true) return "strangers are let in: see WW-TOKEN-01";
  using opened = await openAs(subject);
  const { socket } = opened;
  if (socket === undefined) return "the handshake was refused";
  const admission = await comeIn(subject, socket);
  if (!letIn(stranger, admission)) return `nothing tells that the token lets anybody in: ${admission.evidence}`;
  const leftMs = endsAt - settings.now();
  if (leftMs + leastAfterMs > settings.silenceMs) {
    const [left, most] = [leftMs, settings.silenceMs - leastAfterMs].map((ms) => `${Math.round(ms / 1_000)} s`);
    return `the token is good for another ${left}: give one that ends within ${most}`;
  }
  const began = performance.now();
  const next = await socket.find((frame) => answerOrEnd(socket, frame), settings.silenceMs, Number.POSITIVE_INFINITY);
  return { next, afterMs: performance.now() - began - leftMs };
}

async function comeIn(subject: Subject, socket: RawWebSocket): Promise<Admission> {
  const { settings, target, timeoutMs } = subject.endpoint;
  const exchange = exchangeOf(subject);
  if (exchange === undefined) throw new Error("a protocol has at least one exchange");
  const { token } = settings;
  const how = { target, timeoutMs: Math.min(timeoutMs, 1_000), ...(token !== undefined && { token }) };
  const { admitted, evidence } = await exchange.talk(socket, how);
  return { admitted, opened: true, evidence };
}

/** Answers a ping, lest the connection end for another reason; true for a close frame. */
function answerOrEnd(socket: RawWebSocket, { opcode, payload }: { opcode: number; payload: Buffer }): boolean {
  if (opcode === opcodes.ping) socket.send({ opcode: opcodes.pong, payload });
  return opcode === opcodes.close;
}

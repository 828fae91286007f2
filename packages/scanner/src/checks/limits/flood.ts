import { setImmediate } from "node:timers/promises";
import { type FrameToSend, opcodes } from "../../raw/frame.ts";
import { ProbeFailure } from "../../raw/probe-failure.ts";
import { describeNext, type Frame } from "../../raw/websocket.ts";
import { openAs, type Subject } from "../../subject.ts";

/** What a server did about too many frames. */
export interface Flooded {
  /** Whether it closed the connection, or said in a message that it is too much. */
  readonly stopped: boolean;
  readonly evidence: string;
}

/** How many frames are sent before it is looked whether the server has had enough. */
const batch = 200;

/** Sends `count` frames as fast as they go, and a ping behind them, on one connection. @throws ProbeFailure */
export async function flood(
  subject: Subject,
  count: number,
  frameAt: (index: number) => FrameToSend,
): Promise<Flooded> {
  using opened = await openAs(subject);
  const { socket, stream } = opened;
  if (socket === undefined) throw new ProbeFailure("refused", `the opening handshake was refused: ${opened.fault}`);
  const last = Buffer.from("wardwire-check-last");
  for (let sent = 0; sent < count && stream.end === undefined; sent += batch) {
    for (let at = sent; at < Math.min(count, sent + batch); at++) socket.send(frameAt(at));
    await setImmediate();
  }
  socket.send({ opcode: opcodes.ping, payload: last });
  const isLast = ({ opcode, payload }: Frame): boolean =>
    opcode === opcodes.close || (opcode === opcodes.pong && last.equals(payload)) || complains({ opcode, payload });
  const next = await socket.find(isLast, subject.endpoint.timeoutMs, 10 * count);
  const isPong = next.kind === "frame" && next.frame.opcode === opcodes.pong;
  const evidence = isPong ? `all ${count} frames taken, and a ping behind them answered` : describeNext(next);
  // A server that has fallen silent neither refused nor went on; it may only be slow.
  return { stopped: !isPong && next.kind !== "silence", evidence };
}

function complains({ opcode, payload }: Pick<Frame, "opcode" | "payload">): boolean {
  return opcode === opcodes.text && /rate.?limit|too many|slow down|throttl/i.test(payload.toString("utf8", 0, 512));
}

import { opcodes } from "./raw/frame.ts";
import type { Frame } from "./raw/websocket.ts";
import { openAs, type Subject } from "./subject.ts";

/** Something every parser of messages stumbles over: not JSON, and no packet of a known protocol. */
const malformed = '{"wardwire-check":';

/**
 * The frames that come after a malformed message and a ping, until a pong, a close or the end; once for each endpoint.
 *
 * @throws ProbeFailure
 */
export function firstFrames(subject: Subject): Promise<readonly Frame[]> {
  return subject.endpoint.recall("first frames", async () => {
    using opened = await openAs(subject);
    const { socket } = opened;
    const frames: Frame[] = [];
    if (socket === undefined) return frames;
    socket.sendMessage(malformed);
    socket.send({ opcode: opcodes.ping, payload: Buffer.from("wardwire") });
    const note = (frame: Frame): boolean => {
      frames.push(frame);
      return frame.opcode === opcodes.close;
    };
    await socket.find(note, Math.min(subject.endpoint.timeoutMs, 700), 32);
    return frames;
  });
}

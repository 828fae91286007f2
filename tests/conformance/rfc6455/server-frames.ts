import { createHash } from "node:crypto";
import { opcodes } from "../../../packages/gateway/test/host/raw-client.ts";

/**
 * Every frame in what a server sent, described. What no server may send is an error: a masked frame, a set RSV bit, a
 * fragment (this echo sends none), a length in more bytes than needed, half a frame at the end.
 * @throws Error that names the frame
 */
export function describeServerFrames(received: Buffer): string[] {
  const frames: string[] = [];
  for (let rest = received; rest.length > 0; ) {
    const { opcode, payload, end } = parseServerFrame(rest);
    frames.push(describeFrame(opcode, payload));
    rest = rest.subarray(end);
  }
  return frames;
}

/** One frame in a few words; equal payloads give equal words, other payloads others. */
export function describeFrame(opcode: number, payload: Uint8Array): string {
  const bytes = Buffer.from(payload);
  if (opcode === opcodes.close) {
    if (bytes.length === 0) return "close without a code";
    return `close ${bytes.readUInt16BE(0)} ${JSON.stringify(bytes.toString("utf8", 2))}`;
  }
  const name = Object.entries(opcodes).find(([, code]) => code === opcode)?.[0] ?? `opcode ${opcode}`;
  const content = bytes.length <= 32 ? bytes.toString("hex") : createHash("sha256").update(bytes).digest("base64url");
  return `${name} of ${bytes.length} bytes ${content}`;
}

interface ServerFrame {
  readonly opcode: number;
  readonly payload: Buffer;
  /** Where the next frame begins. */
  readonly end: number;
}

function parseServerFrame(bytes: Buffer): ServerFrame {
  const [first = 0, second = 0] = bytes;
  if (bytes.length < 2) throw new Error("the server sent half a frame head");
  if ((first & 0xf0) !== 0x80) throw new Error(`the server sent a fragment or an RSV bit: 0x${first.toString(16)}`);
  if (second > 127) throw new Error("the server sent a masked frame");
  const headBytes = second < 126 ? 2 : second === 126 ? 4 : 10;
  if (bytes.length < headBytes) throw new Error("the server sent half a frame head");
  const length = headBytes === 2 ? second : headBytes === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const least = headBytes === 2 ? 0 : headBytes === 4 ? 126 : 65_536;
  if (length < least) throw new Error(`the server sent the length ${length} in ${headBytes - 2} bytes`);
  const end = headBytes + length;
  if (bytes.length < end) throw new Error(`the server sent ${bytes.length} of the ${end} bytes of a frame`);
  return { opcode: first & 0x0f, payload: bytes.subarray(headBytes, end), end };
}

import type { ByteStream, StreamEnd } from "./byte-stream.ts";
import { closePayload, encodeFrame, type FrameToSend, opcodes } from "./frame.ts";

/** A frame that came. */
export interface Frame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  /** A server must not mask. */
  readonly masked: boolean;
  readonly payload: Buffer;
}

/** What came next on a WebSocket: a frame, the end of the connection, nothing in time, or a frame too large to read. */
export type Next =
  | { readonly kind: "frame"; readonly frame: Frame }
  | { readonly kind: "end"; readonly how: StreamEnd }
  | { readonly kind: "silence" }
  | { readonly kind: "too-big"; readonly bytes: bigint };

const silence: Next = { kind: "silence" };

/** The largest payload that is read. */
const mostPayloadBytes = 131_072;

/** One open WebSocket, frame by frame. It answers nothing by itself. Disposing of it destroys the connection. */
export class RawWebSocket implements Disposable {
  readonly #stream: ByteStream;

  /** @param stream a connection whose opening handshake is over; owned from now on. */
  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  /** Sends a frame, whether legal or not. */
  send(frame: FrameToSend): void {
    this.#stream.write(encodeFrame(frame));
  }

  /** Sends a message in one frame: text for a string, binary for bytes. */
  sendMessage(message: string | Uint8Array): void {
    const isText = typeof message === "string";
    this.send({ opcode: isText ? opcodes.text : opcodes.binary, payload: isText ? Buffer.from(message) : message });
  }

  /** What comes next, waiting `timeoutMs` at most. */
  async next(timeoutMs: number): Promise<Next> {
    const came = await this.#stream.until((unread) => frameLength(unread) !== undefined, timeoutMs);
    if (!came) return this.#stream.end === undefined ? silence : { kind: "end", how: this.#stream.end };
    const { header, payload } = frameLength(this.#stream.peek()) ?? { header: 0, payload: 0n };
    if (payload > mostPayloadBytes) return { kind: "too-big", bytes: payload };
    const whole = await this.#stream.until((unread) => unread.length >= header + Number(payload), timeoutMs);
    // Bytes of a frame that does not get on are as good as nothing.
    if (!whole) return silence;
    return { kind: "frame", frame: parseFrame(this.#stream.take(header + Number(payload)), header) };
  }

  /** The first of the next frames that `isWanted` accepts, or what ended the wait; `mostFrames` are looked at, 256 when left out. */
  async find(isWanted: (frame: Frame) => boolean, timeoutMs: number, mostFrames = 256): Promise<Next> {
    const deadline = performance.now() + timeoutMs;
    for (let count = 0; count < mostFrames; count++) {
      const next = await this.next(Math.max(1, deadline - performance.now()));
      if (next.kind !== "frame" || isWanted(next.frame)) return next;
      if (performance.now() > deadline) break;
    }
    return silence;
  }

  /** Closes in order: sends a close frame with 1000 and waits for the other side's, and for the end of the connection. */
  async close(timeoutMs: number): Promise<{ readonly answer: Next; readonly end: StreamEnd | undefined }> {
    this.send({ opcode: opcodes.close, payload: closePayload(1000) });
    const answer = await this.find(({ opcode }) => opcode === opcodes.close, timeoutMs);
    return { answer, end: await this.#stream.untilEnd(timeoutMs) };
  }

  [Symbol.dispose](): void {
    this.#stream[Symbol.dispose]();
  }
}

/** The code of a close frame; 1005 when it has none (RFC 6455, section 7.1.5). */
export function closeCodeOf({ payload }: Frame): number {
  return payload.length >= 2 ? payload.readUInt16BE() : 1005;
}

/** What came, as evidence: `close 1002 "invalid frame"`, `text "hello"`, `nothing`. */
export function describeNext(next: Next): string {
  if (next.kind === "silence") return "nothing in time";
  if (next.kind === "end") return next.how === "reset" ? "the connection was reset" : "the connection was closed";
  if (next.kind === "too-big") return `a frame of ${next.bytes} bytes, which was not read`;
  const { opcode, payload } = next.frame;
  if (opcode === opcodes.close) {
    const reason = payload.toString("utf8", 2, 125);
    return `close ${closeCodeOf(next.frame)}${reason === "" ? "" : ` ${JSON.stringify(reason)}`}`;
  }
  const name = Object.entries(opcodes).find(([, value]) => value === opcode)?.[0] ?? `opcode ${opcode}`;
  if (next.frame.rsv & 4) return `${name} of ${payload.length} compressed bytes`;
  if (opcode === opcodes.binary) return `${name} ${payload.toString("hex", 0, 32)}${payload.length > 32 ? "…" : ""}`;
  const shown = payload.toString("utf8", 0, 120);
  return `${name} ${JSON.stringify(shown)}${payload.length > 120 ? "…" : ""}`;
}

/** Lengths of the header and of the payload of the frame at the beginning; undefined before its header is whole. */
function frameLength(bytes: Buffer): { readonly header: number; readonly payload: bigint } | undefined {
  if (bytes.length < 2) return undefined;
  const second = bytes.readUInt8(1);
  const mask = second & 0x80 ? 4 : 0;
  const short = second & 0x7f;
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  const header = 2 + lengthBytes + mask;
  if (bytes.length < header) return undefined;
  if (lengthBytes === 8) return { header, payload: bytes.readBigUInt64BE(2) };
  return { header, payload: BigInt(lengthBytes === 2 ? bytes.readUInt16BE(2) : short) };
}

function parseFrame(bytes: Buffer, header: number): Frame {
  const first = bytes.readUInt8(0);
  const masked = (bytes.readUInt8(1) & 0x80) !== 0;
  const payload = Buffer.from(bytes.subarray(header));
  if (masked) {
    const mask = bytes.subarray(header - 4, header);
    for (let at = 0; at < payload.length; at++) payload[at] = (payload[at] ?? 0) ^ (mask[at & 3] ?? 0);
  }
  return { opcode: first & 0x0f, fin: (first & 0x80) !== 0, rsv: (first >> 4) & 7, masked, payload };
}

import type { ByteStream } from "./byte-stream.ts";
import type { Header } from "./http.ts";

/** A frame of HTTP/2 (RFC 9113, section 4.1). */
interface Http2Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

const frameTypes = { headers: 1, resetStream: 3, settings: 4, goAway: 7 } as const;
const flags = { acknowledge: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;

/** The setting by which a server says that it takes extended CONNECT (RFC 8441, section 3). */
export const enableConnectProtocol = 8;

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/** The static table's entry `:status: 200`, as one byte (RFC 7541, appendix A). */
const status200 = 0x88;

/** A server that has not answered within so many frames will not. */
const mostFrames = 64;

/** Begins HTTP/2 on a fresh connection and reads the server's settings; none when it sends none in time. */
export async function exchangeSettings(stream: ByteStream, timeoutMs: number): Promise<ReadonlyMap<number, number>> {
  stream.write(Buffer.concat([Buffer.from(preface), encodeFrame(frameTypes.settings, 0, 0, Buffer.alloc(0))]));
  const settings = new Map<number, number>();
  const first = await nextFrame(stream, timeoutMs);
  if (first?.type !== frameTypes.settings) return settings;
  for (let at = 0; at + 6 <= first.payload.length; at += 6) {
    settings.set(first.payload.readUInt16BE(at), first.payload.readUInt32BE(at + 2));
  }
  stream.write(encodeFrame(frameTypes.settings, flags.acknowledge, 0, Buffer.alloc(0)));
  return settings;
}

/**
 * Sends a request's headers on stream 1.
 *
 * @returns whether the answer is 200; a refusal, a reset and silence are not.
 */
export async function isAnsweredWith200(
  stream: ByteStream,
  headers: readonly Header[],
  timeoutMs: number,
): Promise<boolean> {
  const block = Buffer.concat(headers.map(encodeLiteral));
  stream.write(encodeFrame(frameTypes.headers, flags.endHeaders, 1, block));
  for (let count = 0; count < mostFrames; count++) {
    const frame = await nextFrame(stream, timeoutMs);
    if (frame === undefined || frame.type === frameTypes.goAway) return false;
    if (frame.streamId !== 1) continue;
    if (frame.type === frameTypes.resetStream) return false;
    if (frame.type === frameTypes.headers) return frame.payload[blockStart(frame)] === status200;
  }
  return false;
}

/** Where the header block begins behind padding length and priority (RFC 9113, section 6.2). */
function blockStart(frame: Http2Frame): number {
  return (frame.flags & flags.padded ? 1 : 0) + (frame.flags & flags.priority ? 5 : 0);
}

async function nextFrame(stream: ByteStream, timeoutMs: number): Promise<Http2Frame | undefined> {
  const isWhole = (unread: Buffer): boolean => unread.length >= 9 && unread.length >= 9 + unread.readUIntBE(0, 3);
  if (!(await stream.until(isWhole, timeoutMs))) return undefined;
  const bytes = stream.take(9 + stream.peek().readUIntBE(0, 3));
  return {
    type: bytes.readUInt8(3),
    flags: bytes.readUInt8(4),
    streamId: bytes.readUInt32BE(5) & 0x7fffffff,
    payload: bytes.subarray(9),
  };
}

function encodeFrame(type: number, flag: number, streamId: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flag, 4);
  header.writeUInt32BE(streamId, 5);
  return Buffer.concat([header, payload]);
}

/** A header as a literal that is not indexed, without Huffman coding; up to 126 bytes each (RFC 7541, section 6.2.2). */
function encodeLiteral([name, value]: Header): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
}

import { randomBytes } from "node:crypto";

/** A frame to send: RFC 6455, section 5.2, and every way to break it. */
export interface FrameToSend {
  readonly opcode: number;
  readonly payload?: Uint8Array;
  /** Whether it is a message's last; true when left out. */
  readonly fin?: boolean;
  /** RSV1 to RSV3 as a number from 0 to 7; 4 is RSV1. */
  readonly rsv?: number;
  /** False leaves the mask out, which a client must never do. */
  readonly masked?: boolean;
  /** The length to claim, whatever the payload has; written in 64 bits, so it may have the highest bit. */
  readonly declaredLength?: bigint;
  /** The bytes of the length to use even if fewer would do. */
  readonly lengthBytes?: 1 | 2 | 8;
}

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** The bytes of a frame, with a fresh random mask (RFC 6455, section 5.3). */
export function encodeFrame(frame: FrameToSend): Buffer {
  const { opcode, payload = new Uint8Array(0), fin = true, rsv = 0, masked = true } = frame;
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const length = frame.declaredLength ?? BigInt(payload.length);
  const lengthBytes = frame.lengthBytes ?? (frame.declaredLength !== undefined ? 8 : fewestBytes(payload.length));
  const header = Buffer.alloc(lengthBytes === 1 ? 2 : 2 + lengthBytes);
  header[0] = first;
  header[1] = (masked ? 0x80 : 0) | (lengthBytes === 1 ? Number(length) : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) header.writeUInt16BE(Number(length), 2);
  if (lengthBytes === 8) header.writeBigUInt64BE(length, 2);
  if (!masked) return Buffer.concat([header, payload]);
  const mask = randomBytes(4);
  const hidden = Buffer.from(payload);
  for (let at = 0; at < hidden.length; at++) hidden[at] = (hidden[at] ?? 0) ^ (mask[at & 3] ?? 0);
  return Buffer.concat([header, mask, hidden]);
}

/** The payload of a close frame. */
export function closePayload(code: number, reason = ""): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code);
  payload.write(reason, 2);
  return payload;
}

function fewestBytes(length: number): 1 | 2 | 8 {
  return length < 126 ? 1 : length < 65_536 ? 2 : 8;
}

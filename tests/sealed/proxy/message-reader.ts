import { opcodes } from "../../../packages/gateway/test/host/raw-client.ts";

/** A whole WebSocket message, or a control frame. */
export interface Carried {
  /** Of `opcodes`: text, binary, close, ping or pong. */
  readonly opcode: number;
  /** Without the mask. */
  readonly payload: Buffer;
}

/** Puts WebSocket messages together from one direction's bytes, whoever sent them (RFC 6455 §5.2). It checks nothing. */
export class MessageReader {
  #unread: Buffer = Buffer.alloc(0);
  #opcode = 0;
  #fragments: Buffer[] = [];

  /** The messages and control frames that these bytes complete. */
  read(bytes: Buffer): readonly Carried[] {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    const complete: Carried[] = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      const message = this.#gather(frame);
      if (message !== undefined) complete.push(message);
    }
    return complete;
  }

  #gather({ opcode, payload, isLast }: Frame): Carried | undefined {
    if (opcode >= opcodes.close) return { opcode, payload };
    if (opcode !== opcodes.continuation) this.#opcode = opcode;
    this.#fragments.push(payload);
    if (!isLast) return undefined;
    const whole = Buffer.concat(this.#fragments);
    this.#fragments = [];
    return { opcode: this.#opcode, payload: whole };
  }

  #next(): Frame | undefined {
    const bytes = this.#unread;
    const [first, second] = bytes;
    if (first === undefined || second === undefined) return undefined;
    const short = second & 0x7f;
    const masks = second >= 0x80;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    const begin = 2 + lengthBytes + (masks ? 4 : 0);
    if (bytes.length < begin) return undefined;
    const length = lengthBytes === 0 ? short : Number(`0x${bytes.toString("hex", 2, 2 + lengthBytes)}`);
    if (bytes.length < begin + length) return undefined;
    const mask = masks ? bytes.subarray(begin - 4, begin) : Buffer.alloc(4);
    const payload = Buffer.from(bytes.subarray(begin, begin + length).map((byte, at) => byte ^ (mask[at & 3] ?? 0)));
    this.#unread = bytes.subarray(begin + length);
    return { opcode: first & 0x0f, payload, isLast: first >= 0x80 };
  }
}

interface Frame extends Carried {
  readonly isLast: boolean;
}

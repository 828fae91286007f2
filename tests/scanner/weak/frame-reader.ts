import { isUtf8 } from "node:buffer";
import { inflateRawSync, constants as zlib } from "node:zlib";
import { opcodes } from "../../../packages/scanner/src/raw/frame.ts";

/** What RFC 6455 and a bound on everything ask of a reader of frames; each can be forgotten on its own. */
export type FrameRule =
  | "close payloads"
  | "control frames"
  | "fragment count"
  | "fragment order"
  | "inflated size"
  | "lengths"
  | "masks"
  | "message size"
  | "opcodes"
  | "reserved bits"
  | "UTF-8";

/** A whole message, or a control frame. */
export interface Message {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Why the connection is to be failed. */
export class FrameFault extends Error {
  readonly closeCode: number;

  constructor(closeCode: number, message: string) {
    super(message);
    this.closeCode = closeCode;
  }
}

const maxMessageBytes = 65_536;
const maxFragments = 256;

/** Reads what a client sends, and keeps every rule that is not among the forgotten ones. */
export class FrameReader {
  readonly #forgotten: ReadonlySet<FrameRule>;
  readonly #inflates: boolean;
  #unread: Buffer = Buffer.alloc(0);
  #fragments: Buffer[] = [];
  #begun: { readonly opcode: number; readonly deflated: boolean } | undefined;

  /** @param inflates whether permessage-deflate was agreed upon. */
  constructor(forgotten: readonly FrameRule[], inflates: boolean) {
    this.#forgotten = new Set(forgotten);
    this.#inflates = inflates;
  }

  /** The messages that are whole once `chunk` has come. @throws FrameFault */
  *read(chunk: Buffer): Generator<Message, void, undefined> {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    for (;;) {
      const header = headerOf(this.#unread);
      if (header === undefined) return;
      this.#checkHeader(header);
      const end = header.bytes + header.length;
      if (this.#unread.length < end) return;
      const payload = unmasked(this.#unread.subarray(header.bytes, end), header.mask);
      this.#unread = this.#unread.subarray(end);
      const message = header.opcode >= 8 ? this.#control(header, payload) : this.#data(header, payload);
      if (message !== undefined) yield message;
    }
  }

  #checkHeader({ opcode, fin, rsv, mask, length, isMinimal }: Header): void {
    const isControl = opcode >= 8;
    const mayBeDeflated = this.#inflates && rsv === 4 && (opcode === opcodes.text || opcode === opcodes.binary);
    this.#refuse("masks", mask === undefined, 1002);
    this.#refuse("reserved bits", rsv !== 0 && !mayBeDeflated, 1002);
    this.#refuse("opcodes", ![0, 1, 2, 8, 9, 10].includes(opcode), 1002);
    this.#refuse("control frames", isControl && (!fin || length > 125), 1002);
    this.#refuse("lengths", !isMinimal, 1002);
    this.#refuse("message size", !isControl && length + this.#gathered() > maxMessageBytes, 1009);
  }

  #control({ opcode }: Header, payload: Buffer): Message | undefined {
    const isMalformed = opcode === opcodes.close && (payload.length === 1 || isForbidden(payload));
    this.#refuse("close payloads", isMalformed, 1002);
    return isMalformed ? undefined : { opcode, payload };
  }

  #data({ opcode, fin, rsv }: Header, payload: Buffer): Message | undefined {
    if (opcode > opcodes.binary) return undefined;
    const isContinuation = opcode === opcodes.continuation;
    this.#refuse("fragment order", isContinuation === (this.#begun === undefined), 1002);
    if (!isContinuation) this.#begun = { opcode, deflated: rsv === 4 && this.#inflates };
    this.#fragments.push(payload);
    this.#refuse("fragment count", this.#fragments.length > maxFragments, 1008);
    if (!fin || this.#begun === undefined) return undefined;
    const { opcode: kind, deflated } = this.#begun;
    const gathered = Buffer.concat(this.#fragments);
    this.#fragments = [];
    this.#begun = undefined;
    const message = deflated ? this.#inflate(gathered) : gathered;
    this.#refuse("UTF-8", kind === opcodes.text && !isUtf8(message), 1007);
    return { opcode: kind, payload: message };
  }

  #inflate(deflated: Buffer): Buffer {
    const bound = this.#forgotten.has("inflated size") ? {} : { maxOutputLength: maxMessageBytes };
    try {
      const tail = Buffer.from([0, 0, 0xff, 0xff]);
      return inflateRawSync(Buffer.concat([deflated, tail]), { finishFlush: zlib.Z_SYNC_FLUSH, ...bound });
    } catch (error) {
      throw new FrameFault(1009, `cannot be inflated: ${String(error)}`);
    }
  }

  #gathered(): number {
    return this.#fragments.reduce((sum, { length }) => sum + length, 0);
  }

  #refuse(rule: FrameRule, isBroken: boolean, closeCode: number): void {
    if (isBroken && !this.#forgotten.has(rule)) throw new FrameFault(closeCode, rule);
  }
}

interface Header {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly mask: Buffer | undefined;
  readonly length: number;
  readonly isMinimal: boolean;
  /** Of the header itself. */
  readonly bytes: number;
}

function headerOf(bytes: Buffer): Header | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  const short = second & 0x7f;
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  const masked = (second & 0x80) !== 0;
  const whole = 2 + lengthBytes + (masked ? 4 : 0);
  if (bytes.length < whole) return undefined;
  const length =
    lengthBytes === 8 ? Number(bytes.readBigUInt64BE(2)) : lengthBytes === 2 ? bytes.readUInt16BE(2) : short;
  return {
    opcode: first & 0x0f,
    fin: (first & 0x80) !== 0,
    rsv: (first >> 4) & 7,
    mask: masked ? bytes.subarray(whole - 4, whole) : undefined,
    length,
    isMinimal: lengthBytes === 0 || length > (lengthBytes === 2 ? 125 : 65_535),
    bytes: whole,
  };
}

function unmasked(payload: Buffer, mask: Buffer | undefined): Buffer {
  return mask === undefined ? payload : Buffer.from(payload.map((byte, at) => byte ^ (mask[at & 3] ?? 0)));
}

/** Codes that no frame may carry (RFC 6455, section 7.4). */
function isForbidden(payload: Buffer): boolean {
  return payload.length >= 2 && [1004, 1005, 1006, 1015].includes(payload.readUInt16BE());
}

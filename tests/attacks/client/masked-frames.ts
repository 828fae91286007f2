/** A frame of a client (RFC 6455 §5.2). */
export interface MaskedFrame {
  /** The masking key, as one number. */
  readonly mask: number;
  /** Unmasked. */
  readonly payload: Buffer;
}

/** Cuts what a client sends into frames; only those below 64 KiB, which is all these tests need. */
export class MaskedFrames {
  #rest = Buffer.alloc(0);

  /** The frames that are complete with these bytes. */
  read(bytes: Buffer): MaskedFrame[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const frames: MaskedFrame[] = [];
    for (let frame = this.#take(); frame !== undefined; frame = this.#take()) frames.push(frame);
    return frames;
  }

  #take(): MaskedFrame | undefined {
    const short = (this.#rest[1] ?? 0) & 0x7f;
    const maskAt = short === 126 ? 4 : 2;
    if (this.#rest.length < maskAt + 4) return undefined;
    if (short === 127) throw new Error("expected a frame below 64 KiB");
    const length = short === 126 ? this.#rest.readUInt16BE(2) : short;
    const end = maskAt + 4 + length;
    if (this.#rest.length < end) return undefined;
    const mask = this.#rest.readUInt32BE(maskAt);
    const payload = this.#rest
      .subarray(maskAt + 4, end)
      .map((byte, i) => byte ^ (mask >>> (24 - 8 * (i % 4)))) as Buffer;
    this.#rest = this.#rest.subarray(end);
    return { mask, payload };
  }
}

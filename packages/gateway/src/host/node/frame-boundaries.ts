/** What the WebSocket library lets pass and we do not. */
export type FrameFault =
  /** A payload length in more bytes than it needs (RFC 6455 §5.2: "the minimal number of bytes MUST be used"; R23). */
  | "long-length"
  /** A message of more fragments than allowed (R26). */
  | "too-many-fragments";

/**
 * Follows the bytes a client sends from frame header to frame header (RFC 6455 §5.2) and knows how much of a message has
 * come without its end (R27). It looks at headers only and copies nothing; the WebSocket library parses the rest.
 */
export class FrameBoundaries {
  readonly #maxFragments: number;
  /** The header read so far, of the frame that has begun. */
  readonly #header = new Uint8Array(maxHeaderBytes);
  #headerBytes = 0;
  #payloadLeft = 0;
  #inPayload = false;
  #message = 0;
  #inMessage = false;
  #fragments = 0;

  constructor(maxFragments: number) {
    this.#maxFragments = maxFragments;
  }

  /** Bytes of the message, or of the lone frame, that has begun and not ended. */
  get incompleteBytes(): number {
    return this.#message + this.#headerBytes;
  }

  /** Takes the next bytes of the stream, up to a fault. `ended` is whether a message ended among them. */
  read(chunk: Uint8Array): { readonly ended: boolean; readonly fault?: FrameFault } {
    let ended = false;
    let at = 0;
    while (at < chunk.length) {
      if (!this.#inPayload) {
        this.#header[this.#headerBytes] = chunk[at] ?? 0;
        this.#headerBytes += 1;
        at += 1;
        if (this.#headerBytes < 2 || this.#headerBytes < headerLength(this.#header)) continue;
        const fault = this.#beginFrame();
        if (fault !== undefined) return { ended, fault };
      }
      const taken = Math.min(this.#payloadLeft, chunk.length - at);
      at += taken;
      this.#payloadLeft -= taken;
      if (!this.#isControl) this.#message += taken;
      if (this.#payloadLeft > 0) break;
      ended = this.#endFrame() || ended;
    }
    return { ended };
  }

  get #isControl(): boolean {
    return ((this.#header[0] ?? 0) & 0x08) !== 0;
  }

  #beginFrame(): FrameFault | undefined {
    this.#payloadLeft = payloadLength(this.#header);
    this.#inPayload = true;
    if (!isMinimal(this.#header, this.#payloadLeft)) return "long-length";
    if (this.#isControl) return undefined;
    this.#fragments += 1;
    return this.#fragments > this.#maxFragments ? "too-many-fragments" : undefined;
  }

  /** @returns whether the message ended with it. */
  #endFrame(): boolean {
    const isControl = this.#isControl;
    const isFinal = ((this.#header[0] ?? 0) & 0x80) !== 0;
    this.#inPayload = false;
    this.#headerBytes = 0;
    if (isControl) return false;
    this.#inMessage = !isFinal;
    if (isFinal) {
      this.#message = 0;
      this.#fragments = 0;
    }
    return isFinal;
  }

  /** Whether something has begun that has not ended. */
  get isWithin(): boolean {
    return this.#inMessage || this.#inPayload || this.#headerBytes > 0;
  }
}

const maxHeaderBytes = 14;

/** Two bytes, the extended length, and the mask. */
function headerLength(header: Uint8Array): number {
  const second = header[1] ?? 0;
  const short = second & 0x7f;
  const extended = short < 126 ? 0 : short === 126 ? 2 : 8;
  return 2 + extended + ((second & 0x80) === 0 ? 0 : 4);
}

function payloadLength(header: Uint8Array): number {
  const view = new DataView(header.buffer);
  const short = (header[1] ?? 0) & 0x7f;
  if (short < 126) return short;
  return short === 126 ? view.getUint16(2) : Number(view.getBigUint64(2));
}

function isMinimal(header: Uint8Array, length: number): boolean {
  const short = (header[1] ?? 0) & 0x7f;
  if (short < 126) return true;
  return short === 126 ? length > 125 : length > 65_535;
}

import { cborCodec } from "@wardwire/wire/cbor";
import type { Encoding, GatewayFrame } from "@wardwire/wire/frames";
import { maxBatchBytes, maxBatchFrames } from "@wardwire/wire/limits";
import type { Delivery } from "./delivery.ts";

const newline = Buffer.from("\n");

/** What an outbox needs to know of a channel to leave some of its messages out. */
export interface Droppable {
  /** The channel's number. */
  readonly channel: number;
  readonly delivery: Exclude<Delivery, "disconnect">;
  /** Whether the member is told what it was not sent. */
  readonly announced: boolean;
}

/**
 * Frames of one channel in one turn, shared by reference by every member's outbox and built at most once per encoding
 * (ADR 0006). It grows until it is read or full, then it is closed and the channel begins another.
 */
export class Segment {
  /** Whose messages it holds; undefined when nothing in it may be left out. */
  readonly droppable: Droppable | undefined;
  /** Pieces of JSON frames, each frame ended by a newline. */
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #frames = 0;
  #closed = false;
  #from = 0;
  #to = 0;
  #json: Uint8Array | undefined;
  #jsonMessage: Uint8Array | undefined;
  #cbor: Uint8Array | undefined;
  #latest: Segment | undefined;

  constructor(droppable?: Droppable) {
    this.droppable = droppable;
  }

  /** Whether a frame of so many bytes may still be added; a lone one may be larger than a batch (WP-BATCH-2). */
  takes(frameBytes: number): boolean {
    if (this.#closed) return false;
    return this.#frames === 0 || (this.#bytes + frameBytes < maxBatchBytes && this.#frames < maxBatchFrames);
  }

  /** The number of frames in it. */
  get frames(): number {
    return this.#frames;
  }

  /** Bytes of its JSON form. */
  get byteLength(): number {
    return this.#bytes;
  }

  /** Offsets of its first and its last message, all of one stream; 0 when it holds none. */
  get range(): { readonly from: number; readonly to: number } {
    return { from: this.#from, to: this.#to };
  }

  /** Adds one JSON frame given in pieces, which nobody changes afterwards. */
  add(...pieces: readonly Uint8Array[]): void {
    this.#pieces.push(...pieces, newline);
    for (const piece of pieces) this.#bytes += piece.byteLength;
    this.#bytes += newline.byteLength;
    this.#frames += 1;
  }

  /** Takes nothing more, whether anybody has read it or not. */
  close(): void {
    this.#closed = true;
  }

  /** Adds the frame of a message. */
  addMessage(offset: number, ...pieces: readonly Uint8Array[]): void {
    if (this.#frames === 0) this.#from = offset;
    this.#to = offset;
    this.add(...pieces);
  }

  /** All its frames, each JSON frame ended by a newline. The same bytes for every caller, who must not change them. */
  bytes(encoding: Encoding): Uint8Array {
    this.close();
    this.#json ??= this.#buildJson();
    if (encoding === "json") return this.#json;
    this.#cbor ??= transcode(this.#json);
    return this.#cbor;
  }

  /** All its frames as one WebSocket message: without the last newline. The very same object for every caller. */
  message(encoding: Encoding): Uint8Array {
    if (encoding === "cbor") return this.bytes(encoding);
    this.#jsonMessage ??= this.bytes(encoding).subarray(0, -newline.byteLength);
    return this.#jsonMessage;
  }

  /** Its last message alone, shared like the segment itself, which takes nothing more. */
  get latest(): Segment {
    this.close();
    if (this.#frames === 1) return this;
    this.#latest ??= this.#cutLatest();
    return this.#latest;
  }

  #cutLatest(): Segment {
    const json = this.bytes("json");
    const begin = json.lastIndexOf(newlineByte, -2) + 1;
    const latest = new Segment(this.droppable);
    latest.addMessage(this.#to, json.subarray(begin, -newline.byteLength));
    return latest;
  }

  #buildJson(): Uint8Array {
    const bytes = Buffer.concat(this.#pieces, this.#bytes);
    this.#pieces = [];
    return bytes;
  }
}

const newlineByte = 0x0a;

function transcode(json: Uint8Array): Uint8Array {
  const lines = Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString("utf8").trimEnd().split("\n");
  return Buffer.concat(lines.map((line) => asBytes(cborCodec.encode(JSON.parse(line) as GatewayFrame))));
}

function asBytes(message: string | Uint8Array): Uint8Array {
  return typeof message === "string" ? Buffer.from(message) : message;
}

import { cborCodec } from "@wardwire/wire/cbor";
import type { Encoding, GatewayFrame } from "@wardwire/wire/frames";
import { maxBatchBytes, maxBatchFrames } from "@wardwire/wire/limits";

const newline = Buffer.from("\n");

/**
 * Frames of one channel in one turn, shared by reference by every member's outbox and built at most once per encoding
 * (ADR 0006). It grows until it is read or full, then it is closed and the channel begins another.
 */
export class Segment {
  /** Pieces of JSON frames, each frame ended by a newline. */
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #frames = 0;
  #closed = false;
  #json: Uint8Array | undefined;
  #cbor: Uint8Array | undefined;

  /** Whether a frame of so many bytes may still be added; a lone one may be larger than a batch (WP-BATCH-2). */
  takes(frameBytes: number): boolean {
    if (this.#closed) return false;
    return this.#frames === 0 || (this.#bytes + frameBytes < maxBatchBytes && this.#frames < maxBatchFrames);
  }

  /** The number of frames in it. */
  get frames(): number {
    return this.#frames;
  }

  /** Adds one JSON frame given in pieces, which nobody changes afterwards. */
  add(...pieces: readonly Uint8Array[]): void {
    this.#pieces.push(...pieces, newline);
    for (const piece of pieces) this.#bytes += piece.byteLength;
    this.#bytes += newline.byteLength;
    this.#frames += 1;
  }

  /** All its frames, each JSON frame ended by a newline. The same bytes for every caller, who must not change them. */
  bytes(encoding: Encoding): Uint8Array {
    this.#closed = true;
    this.#json ??= this.#buildJson();
    if (encoding === "json") return this.#json;
    this.#cbor ??= transcode(this.#json);
    return this.#cbor;
  }

  #buildJson(): Uint8Array {
    const bytes = Buffer.concat(this.#pieces, this.#bytes);
    this.#pieces = [];
    return bytes;
  }
}

function transcode(json: Uint8Array): Uint8Array {
  const lines = Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString("utf8").trimEnd().split("\n");
  return Buffer.concat(lines.map((line) => asBytes(cborCodec.encode(JSON.parse(line) as GatewayFrame))));
}

function asBytes(message: string | Uint8Array): Uint8Array {
  return typeof message === "string" ? Buffer.from(message) : message;
}

import type { ClientFrame, Encoding, GatewayFrame } from "./frames.ts";
import type { DecodeLimits } from "./limits.ts";
import { WireError } from "./wire-error.ts";

/** One WebSocket message as `WebSocket.send` takes it: a string is a text message, bytes are a binary one. */
export type WireMessage = string | Uint8Array;

/** One encoding of protocol v1: frames to messages, and messages to values that nothing has checked yet. */
export interface Codec {
  readonly encoding: Encoding;

  /**
   * Encodes one frame into a message of its own. Fields that are `undefined` are left out. Bytes belong to the caller
   * and may be a view into a larger buffer: send the view, not its `buffer`.
   */
  encode(frame: ClientFrame | GatewayFrame): WireMessage;

  /**
   * Makes one message of several that {@link Codec.encode} gave, in their order; the parts stay as they are.
   *
   * @throws TypeError for a part of the other encoding
   */
  join(parts: readonly WireMessage[]): WireMessage;

  /**
   * The values of a message, one a frame, not yet checked for being frames. The input is only read. Nothing is
   * built that is beyond `limits` in bytes, frames or depth (WP-LIMIT-1).
   *
   * @throws {WireError} `message-too-big`, `unsupported-data`, `malformed`, or `bad-frame` for too many frames or too
   * deep a nesting
   */
  parse(message: string | Uint8Array, limits: DecodeLimits): unknown[];
}

/** How many bytes a message has on the wire: those of its UTF-8 where it is text. */
export function byteLength(message: WireMessage): number {
  return typeof message === "string" ? new TextEncoder().encode(message).length : message.length;
}

/** What a client needs of a codec: it sends each frame as a message of its own. */
export type ClientCodec = Omit<Codec, "join">;

/** Gives the error for a message of more bytes than the limit (WP-LIMIT-1). */
export function tooBig(limits: DecodeLimits): WireError {
  return new WireError("message-too-big", `expected a message of at most ${limits.maxMessageBytes} bytes, got more`);
}

/** Gives the error for a message of more frames than the limit (WP-LIMIT-1). */
export function tooManyFrames(limits: DecodeLimits): WireError {
  return new WireError("bad-frame", `expected a message of at most ${limits.maxFrames} frames, got more`);
}

/** Gives the error for a value nested deeper than the limit (WP-LIMIT-1). */
export function tooDeep(limits: DecodeLimits): WireError {
  return new WireError("bad-frame", `expected a message of at most ${limits.maxDepth} levels, got more`);
}

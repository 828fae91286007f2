import { cborCodec } from "@wardwire/wire/cbor";
import { decodeClientMessage } from "@wardwire/wire/decode";
import { WireError } from "@wardwire/wire/wire-error";

/** Whether the content of AUTH is one well-formed `connect` frame and nothing else (handshake.md §4). Total for any input. */
export function isConnectContent(content: Uint8Array): boolean {
  try {
    const frames = decodeClientMessage(cborCodec, content, connectLimits);
    return frames.every((each) => each.ok && each.frame.type === "connect");
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}

/** The frame is flat; how long AUTH may be, the opener of records has seen to (HS-2.1). */
const connectLimits = { maxMessageBytes: Number.POSITIVE_INFINITY, maxFrames: 1, maxDepth: 1 };

import { decodeCborSequence } from "./cbor-decode.ts";
import { encodeCbor } from "./cbor-encode.ts";
import { type Codec, tooBig, type WireMessage } from "./codec.ts";
import { WireError } from "./wire-error.ts";

/** Frames as a CBOR sequence, RFC 8742, in deterministic form (WP-CBOR-1). A page can load this file when it needs it. */
export const cborCodec: Codec = {
  encoding: "cbor",
  encode: encodeCbor,
  join(parts) {
    const [first] = parts;
    if (parts.length === 1 && first instanceof Uint8Array) return first;
    return concatenate(parts);
  },
  parse(message, limits) {
    if (typeof message === "string") throw new WireError("unsupported-data", "expected a binary message, got text");
    if (message.length > limits.maxMessageBytes) throw tooBig(limits);
    return decodeCborSequence(message, limits);
  },
};

function concatenate(parts: readonly WireMessage[]): Uint8Array {
  let length = 0;
  for (const part of parts) {
    if (typeof part === "string") throw new TypeError("expected parts of bytes, got text");
    length += part.length;
  }
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    if (typeof part === "string") continue;
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

import { type DecodeOptions, encode, Token, Tokenizer, Type, tokensToObject } from "cborg";
import { cborHeadLength, scanCborSequence } from "./cbor-scan.ts";
import { type Codec, tooBig, type WireMessage } from "./codec.ts";
import { WireError } from "./wire-error.ts";

/**
 * Frames as a CBOR sequence, RFC 8742, in the deterministic form cborg writes: shortest heads and floats, keys sorted
 * by length and then by bytes (WP-CBOR-1). The only file that imports cborg, so that a page can load it when needed.
 */
export const cborCodec: Codec = {
  encoding: "cbor",
  encode: (frame) => encode(frame, { ignoreUndefinedProperties: true }),
  join(parts) {
    const [first] = parts;
    if (parts.length === 1 && first instanceof Uint8Array) return first;
    return concatenate(parts);
  },
  parse(message, limits) {
    if (typeof message === "string") throw new WireError("unsupported-data", "expected a binary message, got text");
    if (message.length > limits.maxMessageBytes) throw tooBig(limits);
    scanCborSequence(message, limits);
    const tokens = new StrictTextTokenizer(message, decodeOptions);
    const values: unknown[] = [];
    try {
      while (!tokens.done()) values.push(tokensToObject(tokens, decodeOptions));
    } catch (cause) {
      throw new WireError("malformed", `expected strict CBOR, got an item before byte ${tokens.pos()} that is not`, {
        cause,
      });
    }
    return values;
  },
};

// What scanCborSequence refuses needs no option here. NaN and the infinities pass, as 1e999 passes JSON.parse; the
// data-model check refuses both alike (WP-DATA-3).
const decodeOptions: DecodeOptions = {
  strict: true,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
};

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * cborg decodes text leniently: it replaces what is not UTF-8 and drops a leading U+FEFF. This decodes text beyond ASCII
 * again, strictly, so that both encodings give the same strings.
 */
class StrictTextTokenizer extends Tokenizer {
  override next(): Token {
    const start = this.pos();
    const token = super.next();
    if (token.type !== Type.string) return token;
    const text = this.data.subarray(start + cborHeadLength(this.data[start] ?? 0, start), this.pos());
    if (isAscii(token.value, text.length)) return token;
    return new Token(Type.string, utf8.decode(text), this.pos() - start);
  }
}

/** Every character beyond ASCII takes more bytes than units, save a replaced single byte, which is U+FFFD. */
function isAscii(lenient: string, bytes: number): boolean {
  return lenient.length === bytes && !lenient.includes("\ufffd");
}

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

/** Message 2 of the handshake, and the one message in plaintext that may stand in its place (handshake.md §3, HS-1.6). */
import { type Bytes, concatBytes, equalBytes } from "../bytes.ts";
import { aeadBytes } from "../primitives/primitives.ts";
import { xWingBytes } from "../primitives/x-wing.ts";
import { ByteReader, integerBytes, listBytes } from "./byte-reader.ts";
import { handshakeFailed } from "./handshake-error.ts";

/** What the gateway tells the client, authenticated. */
export interface GatewayTerms {
  /** The client's offer, echoed. */
  readonly offered: readonly number[];
  readonly suite: number;
  /** Milliseconds since 1970. */
  readonly serverTimeMs: number;
  readonly limits: SessionLimits;
}

/** Bounds of a session; each side may lower them, neither can raise them (SR-1.5). */
export interface SessionLimits {
  /** Of one record's plaintext, 1,024 to 61,440. */
  readonly maxPlaintextBytes: number;
  /** Of a value put together from chunks, 1,024 to 2^31 − 1. */
  readonly maxMessageBytes: number;
}

/** The widest limits there are. */
export const widestLimits: SessionLimits = { maxPlaintextBytes: 61_440, maxMessageBytes: 2 ** 31 - 1 };

/** The plaintext error: fetch the bundle (HS-1.6). */
export const unknownKeyMessage: Readonly<Bytes> = Uint8Array.of(0x03, 0x01, 0x00, 0x01);

/** Whether a message is the plaintext error. */
export function isUnknownKeyMessage(message: Uint8Array): boolean {
  return equalBytes(message, unknownKeyMessage);
}

/** Message 2 from its parts. */
export function encodeSecondMessage(ciphertext: Uint8Array, sealedPayload: Uint8Array): Bytes {
  return concatBytes(Uint8Array.of(secondMessageType), ciphertext, sealedPayload);
}

/**
 * Takes message 2 apart.
 *
 * @throws CryptoError `handshake`
 */
export function parseSecondMessage(message: Uint8Array): { readonly ciphertext: Bytes; readonly sealedPayload: Bytes } {
  if (message.length > maxSecondMessageBytes) throw handshakeFailed();
  const reader = new ByteReader(message);
  if (reader.integer(1) !== secondMessageType) throw handshakeFailed();
  return { ciphertext: reader.take(xWingBytes.ciphertext), sealedPayload: reader.rest() };
}

/** Payload 2. */
export function encodeTerms({ offered, suite, serverTimeMs, limits }: GatewayTerms): Bytes {
  return concatBytes(
    listBytes(offered),
    integerBytes(suite, 2),
    integerBytes(serverTimeMs, 8),
    integerBytes(limits.maxPlaintextBytes, 4),
    integerBytes(limits.maxMessageBytes, 4),
  );
}

/**
 * Reads payload 2.
 *
 * @throws CryptoError `handshake` for another form and for limits out of range
 */
export function parseTerms(payload: Uint8Array): GatewayTerms {
  const reader = new ByteReader(payload);
  const terms = {
    offered: reader.list(1, maxSuites),
    suite: reader.integer(2),
    serverTimeMs: reader.integer(8),
    limits: { maxPlaintextBytes: reader.integer(4), maxMessageBytes: reader.integer(4) },
  };
  reader.end();
  if (!areLimits(terms.limits)) throw handshakeFailed();
  return terms;
}

function areLimits({ maxPlaintextBytes, maxMessageBytes }: SessionLimits): boolean {
  return (
    maxPlaintextBytes >= leastLimit &&
    maxPlaintextBytes <= widestLimits.maxPlaintextBytes &&
    maxMessageBytes >= leastLimit &&
    maxMessageBytes <= widestLimits.maxMessageBytes
  );
}

const secondMessageType = 0x02;
const maxSuites = 8;
const leastLimit = 1_024;
const maxSecondMessageBytes = 1 + xWingBytes.ciphertext + 1 + 2 * maxSuites + 2 + 8 + 4 + 4 + aeadBytes.tag;

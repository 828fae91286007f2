/** Message 1 of the handshake (handshake.md §2). */
import { type Bytes, concatBytes, utf8 } from "../bytes.ts";
import { aeadBytes } from "../primitives/primitives.ts";
import { xWingBytes } from "../primitives/x-wing.ts";
import { ByteReader, integerBytes, listBytes } from "./byte-reader.ts";
import { handshakeFailed } from "./handshake-error.ts";

/** The first byte of a sealed connection. */
export const firstMessageType = 0x01;

/** The protocol version this code speaks. */
export const protocolVersion = 1;

/** Where a handshake stands: the first of a socket, or a fresh one inside a session (HS-5). */
export type HandshakeMode = 1 | 2;

/** What is offered in the clear; its exact bytes are in the transcript (HS-1.2). */
export interface HandshakeHeader {
  readonly version: number;
  /** Preferred first; may have numbers this code does not know. */
  readonly suites: readonly number[];
  readonly mode: HandshakeMode;
  readonly bundleVersion: number;
  readonly kid: Bytes;
  readonly origin: string;
  readonly path: string;
}

/** Message 1, taken apart; nothing of it is believed yet. */
export interface FirstMessage {
  readonly header: HandshakeHeader;
  /** The bytes of the header as they came. */
  readonly headerBytes: Bytes;
  /** To the online key (`skem`). */
  readonly ciphertext: Bytes;
  /** The client's key for this handshake (`e`). */
  readonly ephemeral: Bytes;
  readonly sealedPayload: Bytes;
}

/** The header in its bytes. */
export function encodeHeader(header: HandshakeHeader): Bytes {
  const values: readonly Uint8Array[] = [
    integerBytes(header.version, 2),
    listBytes(header.suites).subarray(1),
    integerBytes(header.mode, 1),
    integerBytes(header.bundleVersion, 8),
    header.kid,
    utf8(header.origin),
    utf8(header.path),
  ];
  const fields = values.map((value, index) =>
    concatBytes(integerBytes(index + 1, 1), integerBytes(value.length, 2), value),
  );
  const body = concatBytes(...fields);
  return concatBytes(Uint8Array.of(firstMessageType), integerBytes(body.length, 2), body);
}

/**
 * Takes message 1 apart, before any key is touched (HS-1.3).
 *
 * @throws CryptoError `handshake`
 */
export function parseFirstMessage(message: Uint8Array): FirstMessage {
  if (message.length > maxFirstMessageBytes) throw handshakeFailed();
  const reader = new ByteReader(message);
  if (reader.integer(1) !== firstMessageType) throw handshakeFailed();
  const length = reader.integer(2);
  if (length > maxFieldsBytes) throw handshakeFailed();
  const header = parseFields(reader.take(length));
  const ciphertext = reader.take(xWingBytes.ciphertext);
  const ephemeral = reader.take(xWingBytes.publicKey);
  const sealedPayload = reader.rest();
  if (sealedPayload.length < 1 + aeadBytes.tag || sealedPayload.length > maxPayloadBytes + aeadBytes.tag) {
    throw handshakeFailed();
  }
  return { header, headerBytes: message.slice(0, 3 + length), ciphertext, ephemeral, sealedPayload };
}

/** Payload 1 with no features, which is all version 1 has. */
export function encodeFeatures(): Bytes {
  return listBytes([]);
}

/**
 * Holds payload 1 against its form; what it offers is ignored, since version 1 knows no feature.
 *
 * @throws CryptoError `handshake`
 */
export function requireFeatures(payload: Uint8Array): void {
  const reader = new ByteReader(payload);
  const features = reader.list(0, maxFeatures);
  reader.end();
  if (features.some((feature, index) => index > 0 && feature <= (features[index - 1] as number))) {
    throw handshakeFailed();
  }
}

const maxFirstMessageBytes = 4_096;
const maxFieldsBytes = 1_024;
const maxFeatures = 64;
const maxPayloadBytes = 1 + 2 * maxFeatures;
const maxSuites = 8;
const kidBytes = 8;

function parseFields(bytes: Uint8Array): HandshakeHeader {
  const reader = new ByteReader(bytes);
  const field = (tag: number): ByteReader => {
    if (reader.integer(1) !== tag) throw handshakeFailed();
    return new ByteReader(reader.take(reader.integer(2)));
  };
  const header = {
    version: readWhole(field(1), (value) => value.integer(2)),
    suites: readSuites(field(2).rest()),
    mode: readMode(readWhole(field(3), (value) => value.integer(1))),
    bundleVersion: readWhole(field(4), (value) => value.integer(8)),
    kid: readWhole(field(5), (value) => value.take(kidBytes)),
    origin: readText(field(6).rest(), /^[\x21-\x7e]{1,255}$/),
    path: readText(field(7).rest(), /^\/[\x21-\x7e]{0,254}$/),
  };
  reader.end();
  return header;
}

function readWhole<Value>(reader: ByteReader, read: (reader: ByteReader) => Value): Value {
  const value = read(reader);
  reader.end();
  return value;
}

function readSuites(bytes: Uint8Array): readonly number[] {
  const reader = new ByteReader(concatBytes(Uint8Array.of(bytes.length >> 1), bytes));
  const suites = readWhole(reader, (list) => list.list(1, maxSuites));
  if (new Set(suites).size !== suites.length) throw handshakeFailed();
  return suites;
}

function readMode(mode: number): HandshakeMode {
  if (mode === 1 || mode === 2) return mode;
  throw handshakeFailed();
}

function readText(bytes: Uint8Array, pattern: RegExp): string {
  const text = String.fromCharCode(...bytes);
  if (pattern.test(text)) return text;
  throw handshakeFailed();
}

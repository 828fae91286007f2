import { extensionIds } from "./client-hello.ts";

/** The first thing a server says to a ClientHello. */
export type FirstAnswer =
  | ServerHello
  | { readonly kind: "alert"; readonly description: number }
  /** Bytes that are no TLS; `text` is the beginning of them. */
  | { readonly kind: "not-tls"; readonly text: string }
  /** Nothing, before the connection ended or the time was over. */
  | { readonly kind: "nothing" };

/** The server's choice (RFC 8446, section 4.1.3). */
export interface ServerHello {
  readonly kind: "hello";
  /** The version chosen, supported_versions considered. */
  readonly version: number;
  readonly suite: number;
  readonly compression: number;
  /** The group asked for or chosen in TLS 1.3. */
  readonly group?: number;
  readonly extensions: ReadonlySet<number>;
}

const contentTypes = { alert: 21, handshake: 22 };

/**
 * Whether enough bytes came for {@link parseFirstAnswer}: a whole first record, or what cannot be TLS. A record is at
 * most 16 KiB and a bit; a server's first one needs no more.
 */
export function isFirstAnswerWhole(bytes: Buffer): boolean {
  if (bytes.length === 0) return false;
  if (bytes[0] !== contentTypes.alert && bytes[0] !== contentTypes.handshake) return bytes.length >= 5;
  if (bytes.length < 5) return false;
  return bytes[1] !== 3 || bytes.length >= 5 + Math.min(bytes.readUInt16BE(3), 16_640);
}

/** What the bytes say that came first; total: any bytes give an answer. */
export function parseFirstAnswer(bytes: Buffer): FirstAnswer {
  if (bytes.length === 0) return { kind: "nothing" };
  try {
    const type = bytes.readUInt8(0);
    if (bytes.readUInt8(1) !== 3) return notTls(bytes);
    const record = bytes.subarray(5, 5 + bytes.readUInt16BE(3));
    if (type === contentTypes.alert) return { kind: "alert", description: record.readUInt8(1) };
    if (type === contentTypes.handshake && record.readUInt8(0) === 2) return parseServerHello(record.subarray(4));
  } catch (error) {
    // Every read above is bounds-checked by Buffer; running over the end means that it is no TLS.
    if (!(error instanceof RangeError)) throw error;
  }
  return notTls(bytes);
}

/** Whether the bytes begin an SSL 2.0 SERVER-HELLO. */
export function isSsl2Hello(bytes: Buffer): boolean {
  return bytes.length >= 7 && (bytes.readUInt8(0) & 0x80) !== 0 && bytes[2] === 4 && bytes.readUInt16BE(5) === 2;
}

function parseServerHello(body: Buffer): ServerHello {
  const sessionLength = body.readUInt8(34);
  let at = 35 + sessionLength;
  const suite = body.readUInt16BE(at);
  const compression = body.readUInt8(at + 2);
  at += 5;
  const extensions = new Map<number, Buffer>();
  while (at + 4 <= body.length) {
    const length = body.readUInt16BE(at + 2);
    extensions.set(body.readUInt16BE(at), body.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  const version = extensions.get(extensionIds.supportedVersions)?.readUInt16BE(0) ?? body.readUInt16BE(0);
  const share = extensions.get(extensionIds.keyShare);
  return {
    kind: "hello",
    version,
    suite,
    compression,
    ...(share !== undefined && { group: share.readUInt16BE(0) }),
    extensions: new Set(extensions.keys()),
  };
}

function notTls(bytes: Buffer): FirstAnswer {
  return { kind: "not-tls", text: bytes.toString("latin1", 0, 40) };
}

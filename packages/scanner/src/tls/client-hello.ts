import { randomBytes } from "node:crypto";

/** What a ClientHello offers. */
export interface Hello {
  /** The highest version offered, by its number on the wire: 0x0300 is SSL 3.0, 0x0304 TLS 1.3. */
  readonly version: number;
  readonly suites: readonly number[];
  readonly groups?: readonly number[];
  readonly servername?: string;
  readonly alpn?: readonly string[];
  /** Offers DEFLATE before "no compression" (RFC 3749). */
  readonly compression?: boolean;
}

/**
 * The record of a ClientHello (RFC 8446, section 4.1.2; RFC 5246, section 7.4.1.2). For TLS 1.3 it holds no key share, so
 * that the server names its choice in a HelloRetryRequest and no key is ever made.
 */
export function encodeClientHello(hello: Hello): Buffer {
  const legacyVersion = Math.min(hello.version, 0x0303);
  const body = Buffer.concat([
    uint16(legacyVersion),
    randomBytes(32),
    vector8(Buffer.alloc(0)),
    vector16(Buffer.concat(hello.suites.map(uint16))),
    vector8(Buffer.from(hello.compression ? [1, 0] : [0])),
    hello.version === 0x0300 ? Buffer.alloc(0) : vector16(extensionsOf(hello)),
  ]);
  const message = Buffer.concat([Buffer.from([1]), uint24(body.length), body]);
  const recordVersion = Math.min(hello.version, 0x0301);
  return Buffer.concat([Buffer.from([22]), uint16(recordVersion), vector16(message)]);
}

/** The CLIENT-HELLO of SSL 2.0, with its seven cipher specs. */
export function encodeSsl2Hello(): Buffer {
  const specs = Buffer.from("0100800200800300800400800500800600400700c0", "hex");
  const body = Buffer.concat([
    Buffer.from([1]),
    uint16(0x0002),
    uint16(specs.length),
    uint16(0),
    uint16(16),
    specs,
    randomBytes(16),
  ]);
  return Buffer.concat([uint16(0x8000 | body.length), body]);
}

/** Numbers of the extensions that are sent and looked for. */
export const extensionIds = {
  serverName: 0,
  supportedGroups: 10,
  pointFormats: 11,
  signatureAlgorithms: 13,
  alpn: 16,
  extendedMasterSecret: 23,
  supportedVersions: 43,
  pskModes: 45,
  keyShare: 51,
  renegotiationInfo: 0xff01,
} as const;

const signatureAlgorithms = [
  0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501, 0x0601,
  0x0203, 0x0201, 0x0402,
];

function extensionsOf(hello: Hello): Buffer {
  const { servername, alpn, groups = [0x11ec, 29, 23, 24, 25, 30, 256, 257, 258] } = hello;
  const parts: Buffer[] = [];
  const add = (id: number, data: Buffer): void => {
    parts.push(uint16(id), vector16(data));
  };
  if (servername !== undefined) {
    add(extensionIds.serverName, vector16(Buffer.concat([Buffer.from([0]), vector16(Buffer.from(servername))])));
  }
  add(extensionIds.supportedGroups, vector16(Buffer.concat(groups.map(uint16))));
  add(extensionIds.pointFormats, vector8(Buffer.from([0])));
  if (hello.version >= 0x0303) {
    add(extensionIds.signatureAlgorithms, vector16(Buffer.concat(signatureAlgorithms.map(uint16))));
  }
  if (alpn !== undefined) {
    add(extensionIds.alpn, vector16(Buffer.concat(alpn.map((name) => vector8(Buffer.from(name))))));
  }
  add(extensionIds.extendedMasterSecret, Buffer.alloc(0));
  add(extensionIds.renegotiationInfo, vector8(Buffer.alloc(0)));
  if (hello.version >= 0x0304) {
    add(extensionIds.supportedVersions, vector8(uint16(hello.version)));
    add(extensionIds.pskModes, vector8(Buffer.from([1])));
    add(extensionIds.keyShare, vector16(Buffer.alloc(0)));
  }
  return Buffer.concat(parts);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint24(value: number): Buffer {
  const bytes = Buffer.alloc(3);
  bytes.writeUIntBE(value, 0, 3);
  return bytes;
}

function vector8(data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([data.length]), data]);
}

function vector16(data: Buffer): Buffer {
  return Buffer.concat([uint16(data.length), data]);
}

import type { Bytes } from "@wardwire/crypto/bytes";
import type { SecretBytes } from "@wardwire/crypto/secret-bytes";
import type { MessageKind } from "../host/socket-host.ts";

/** Where an outbox writes. */
export interface Outlet {
  /** One WebSocket message, or, on a sealed connection, the content of one DATA value. */
  send(message: Uint8Array, kind: MessageKind): void;
  /** Bytes that have not been handed to the operating system. */
  readonly bufferedBytes: number;
}

/** A sealed connection as those above its records see it. What is sealed goes out in the order of the calls. */
export interface SealedOutlet extends Outlet {
  /** Seals CHANNEL_KEY (`encodeChannelKey`); the content is erased. */
  sendChannelKey(content: Bytes): void;
  /** Seals SKIP (`encodeSkip`); the content is erased. */
  sendSkip(content: Bytes): void;
  /** Seals HEARTBEAT (`encodePositions`). */
  sendPositions(content: Bytes): void;
  /** Sends a channel record as it is: the same object for every member, which nobody changes. */
  sendChannelRecord(record: Uint8Array): void;
  /** h of the first handshake of the socket, which the device proof of AUTH signs (AU-2). */
  readonly transcriptHash: Bytes;
  /** The exporter in force; stays the session's. */
  readonly exporter: SecretBytes;
}

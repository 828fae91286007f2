import { parseChannelHeader } from "@wardwire/crypto/channel-records/channel-header";
import { parseHistoryHeader } from "@wardwire/crypto/history/history-item";
import { parseHeader } from "@wardwire/crypto/session-records/record-header";

/** What a message says about itself, without any key. */
export interface MessageDescription {
  readonly kind: MessageKind;
  /** In the order in which they are shown; numbers and short texts. */
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/** The kinds of message on a sealed socket, and what an engine stores. */
export type MessageKind =
  | "handshake message 1"
  | "handshake message 2"
  | "key bundle error"
  | "session record"
  | "channel record"
  | "history item"
  | "unknown";

/** Describes a message by its first byte and its header. */
export function describeMessage(bytes: Uint8Array): MessageDescription {
  const described = describeRecord(bytes) ?? describeHandshake(bytes) ?? { kind: "unknown", fields: {} };
  return { ...described, fields: { ...described.fields, bytes: bytes.length } };
}

const tagBytes = 16;
const channelOverheadBytes = 27 + tagBytes + 64;

function describeRecord(bytes: Uint8Array): MessageDescription | undefined {
  const session = parseHeader(bytes);
  if (session !== undefined && bytes.length >= 14 + tagBytes) {
    const { type, ends, generation, seq } = session;
    return {
      kind: "session record",
      fields: { type, ends, generation, seq, plaintextBytes: bytes.length - 14 - tagBytes },
    };
  }
  const channel = parseChannelHeader(bytes);
  if (channel !== undefined) {
    const { epochId, step, seq } = channel;
    const plaintextBytes = bytes.length - channelOverheadBytes;
    return { kind: "channel record", fields: { epoch: hex(epochId), step, seq, plaintextBytes } };
  }
  const item = parseHistoryHeader(bytes);
  if (item === undefined) return undefined;
  const { kekId, writerId, writerSeq, previousStored } = item;
  const contentBytes = bytes.length - 41 - tagBytes;
  const fields = { kek: hex(kekId), writer: hex(writerId), writerSeq, previousStored, contentBytes };
  return { kind: "history item", fields };
}

function describeHandshake(bytes: Uint8Array): MessageDescription | undefined {
  if (bytes[0] === 0x01 && bytes.length >= 2_339) {
    return { kind: "handshake message 1", fields: { headerBytes: 3 + (((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0)) } };
  }
  if (bytes[0] === 0x02 && bytes.length >= 1_121) return { kind: "handshake message 2", fields: {} };
  if (bytes[0] === 0x03 && bytes.length === 4) return { kind: "key bundle error", fields: { reason: bytes[3] ?? 0 } };
  return undefined;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

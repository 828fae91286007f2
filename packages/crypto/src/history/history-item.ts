import { type Bytes, concatBytes, utf8 } from "../bytes.ts";
import { CryptoError } from "../crypto-error.ts";
import { aeadBytes } from "../primitives/primitives.ts";
import { getUint64, setUint64 } from "../uint64.ts";

/** Bytes of the parts of a history item (channel-records.md §4). */
export const historyBytes = { header: 41, kekId: 8, writerId: 16 } as const;

/** The first byte of a history item. */
export const historyItemType = 0x30;

/** Where an item belongs: what its ciphertext is bound to. */
export interface HistoryPlace {
  readonly tenant: string;
  /** The channel's key: its name with its parameters, as the contract writes it. */
  readonly channel: string;
  /** The stream, which is a history of the channel. */
  readonly stream: string;
}

/** What an item says about itself. */
export interface HistoryHeader {
  readonly kekId: Bytes;
  readonly writerId: Bytes;
  /** From 1, over all channels of the writer. */
  readonly writerSeq: number;
  /** The writerSeq of the item that this writer sealed before in this stream, 0 for none. */
  readonly previousStored: number;
}

/** The 41 bytes: type u8, kekId 8, writerId 16, writerSeq u64, previousStored u64. */
export function encodeHistoryHeader({ kekId, writerId, writerSeq, previousStored }: HistoryHeader): Bytes {
  const header = new Uint8Array(historyBytes.header);
  const view = new DataView(header.buffer);
  header[0] = historyItemType;
  header.set(kekId, 1);
  header.set(writerId, 9);
  setUint64(view, 25, writerSeq);
  setUint64(view, 33, previousStored);
  return header;
}

/** The header of an item; undefined for another type, too few bytes, and numbers that no writer reaches. */
export function parseHistoryHeader(item: Uint8Array): HistoryHeader | undefined {
  if (item.length < historyBytes.header + aeadBytes.tag || item[0] !== historyItemType) return undefined;
  const view = new DataView(item.buffer, item.byteOffset, historyBytes.header);
  const [writerSeq, previousStored] = [getUint64(view, 25), getUint64(view, 33)];
  if (!Number.isSafeInteger(writerSeq) || previousStored >= writerSeq) return undefined;
  return { kekId: item.slice(1, 9), writerId: item.slice(9, 25), writerSeq, previousStored };
}

/**
 * The associated data of an item: its header, and tenant, channel and stream, each as length u16 and UTF-8.
 *
 * @throws CryptoError `invalid-length` for a text of more than 65,535 bytes
 */
export function associatedDataOf(header: Uint8Array, { tenant, channel, stream }: HistoryPlace): Bytes {
  return concatBytes(header, ...[tenant, channel, stream].map(prefixed));
}

/** Four zero bytes and writerSeq: a writer's key seals each of its numbers once. */
export function historyNonce(writerSeq: number): Bytes {
  const nonce = new Uint8Array(aeadBytes.nonce);
  setUint64(new DataView(nonce.buffer), 4, writerSeq);
  return nonce;
}

function prefixed(text: string): Bytes {
  const bytes = utf8(text);
  if (bytes.length > 0xffff) {
    throw new CryptoError(
      "invalid-length",
      `tenant, channel and stream have at most 65,535 bytes, got ${bytes.length}`,
    );
  }
  return concatBytes(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes);
}

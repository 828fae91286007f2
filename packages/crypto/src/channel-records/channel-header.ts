import type { Bytes } from "../bytes.ts";
import { aeadBytes } from "../primitives/primitives.ts";
import { getUint64, setUint64 } from "../uint64.ts";

/** Bytes of the parts of a channel record (channel-records.md §2). */
export const channelRecordBytes = { header: 27, epochId: 16, signature: 64 } as const;

/** The first byte of a channel record, which tells it from a session record. */
export const channelRecordType = 0x20;

/** What a channel record says about itself. */
export interface ChannelHeader {
  readonly epochId: Bytes;
  readonly step: number;
  readonly seq: number;
}

/** The 27 bytes: type u8, epochId 16, step u16, seq u64. */
export function encodeChannelHeader({ epochId, step, seq }: ChannelHeader): Bytes {
  const header = new Uint8Array(channelRecordBytes.header);
  const view = new DataView(header.buffer);
  header[0] = channelRecordType;
  header.set(epochId, 1);
  view.setUint16(17, step);
  setUint64(view, 19, seq);
  return header;
}

/** The header of a channel record; undefined for another type, too few bytes, and a seq that no channel reaches. */
export function parseChannelHeader(record: Uint8Array): ChannelHeader | undefined {
  const { header, signature } = channelRecordBytes;
  if (record.length < header + aeadBytes.tag + signature || record[0] !== channelRecordType) return undefined;
  const view = new DataView(record.buffer, record.byteOffset, header);
  const seq = getUint64(view, 19);
  if (!Number.isSafeInteger(seq)) return undefined;
  return { epochId: record.slice(1, 17), step: view.getUint16(17), seq };
}

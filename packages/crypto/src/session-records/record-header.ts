import type { Bytes } from "../bytes.ts";
import { getUint64, setUint64 } from "../uint64.ts";
import { type RecordType, recordTypeOf, recordTypes } from "./record-types.ts";

/** Bytes before the ciphertext; all of them are associated data. */
export const headerBytes = 14;

/** What a record says about itself. */
export interface RecordHeader {
  readonly type: RecordType;
  /** Whether the value ends with this record (flag END). */
  readonly ends: boolean;
  readonly generation: number;
  readonly seq: number;
}

const endFlag = 0x01;

/** The 14 bytes: type u8, flags u8, generation u32, seq u64. */
export function encodeHeader({ type, ends, generation, seq }: RecordHeader): Bytes {
  const header = new Uint8Array(headerBytes);
  const view = new DataView(header.buffer);
  header[0] = recordTypes[type];
  header[1] = ends ? endFlag : 0;
  view.setUint32(2, generation);
  setUint64(view, 6, seq);
  return header;
}

/** The header of a record; undefined for a type or a flag that is not defined, and for a seq that no session reaches. */
export function parseHeader(record: Uint8Array): RecordHeader | undefined {
  if (record.length < headerBytes) return undefined;
  const view = new DataView(record.buffer, record.byteOffset, headerBytes);
  const type = recordTypeOf(view.getUint8(0));
  const flags = view.getUint8(1);
  const seq = getUint64(view, 6);
  if (type === undefined || (flags & ~endFlag) !== 0 || !Number.isSafeInteger(seq)) return undefined;
  return { type, ends: flags === endFlag, generation: view.getUint32(2), seq };
}

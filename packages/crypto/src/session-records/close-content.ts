import { type Bytes, concatBytes, utf8 } from "../bytes.ts";
import { CryptoError } from "../crypto-error.ts";
import { getUint64, setUint64 } from "../uint64.ts";

/** What CLOSE says: code u16 ‖ final seq u64 ‖ reason, 0 to 123 bytes of UTF-8 (SR-3.1). */
export interface CloseContent {
  readonly code: number;
  readonly finalSeq: number;
  readonly reason: string;
}

const maxReasonBytes = 123;
const fixedBytes = 10;

/** @throws CryptoError `invalid-length` for a reason that is too long */
export function closeContent({ code, finalSeq, reason }: CloseContent): Bytes {
  const reasonBytes = utf8(reason);
  if (reasonBytes.length > maxReasonBytes) {
    throw new CryptoError("invalid-length", `a reason has at most ${maxReasonBytes} bytes, got ${reasonBytes.length}`);
  }
  const fixed = new DataView(new ArrayBuffer(fixedBytes));
  fixed.setUint16(0, code);
  setUint64(fixed, 2, finalSeq);
  return concatBytes(new Uint8Array(fixed.buffer), reasonBytes);
}

/** Undefined for content of another form, and for a reason that is no UTF-8. */
export function parseCloseContent(content: Uint8Array): CloseContent | undefined {
  if (content.length < fixedBytes || content.length > fixedBytes + maxReasonBytes) return undefined;
  const view = new DataView(content.buffer, content.byteOffset, fixedBytes);
  const reason = decodeUtf8(content.subarray(fixedBytes));
  return reason === undefined ? undefined : { code: view.getUint16(0), finalSeq: getUint64(view, 2), reason };
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

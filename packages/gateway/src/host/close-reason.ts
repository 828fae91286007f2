/** At most 123 bytes of UTF-8 (RFC 6455 §5.5), cut at a code point. */
export function cutReason(reason: string): string {
  // Never reads part of a code point.
  const { read } = encoder.encodeInto(reason, new Uint8Array(maxReasonBytes));
  return reason.slice(0, read);
}

const maxReasonBytes = 123;
const encoder = new TextEncoder();

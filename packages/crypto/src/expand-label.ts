import { type Bytes, concatBytes, utf8 } from "./bytes.ts";
import { CryptoError } from "./crypto-error.ts";
import { type Label, labelPrefix } from "./labels.ts";
import type { Outcome, Timing } from "./primitives/outcome.ts";
import type { Primitives } from "./primitives/primitives.ts";
import type { SecretBytes } from "./secret-bytes.ts";

/**
 * Expand-Label of session-records.md §1: a secret of `length` bytes for one purpose. `secret` stays the caller's; the
 * result is the caller's too.
 *
 * @param context at most 255 bytes, public
 * @throws CryptoError `invalid-length`
 */
export function expandLabel<When extends Timing>(
  primitives: Primitives<When>,
  secret: SecretBytes,
  label: Label,
  context: Uint8Array,
  length: number,
): Outcome<When, SecretBytes> {
  return primitives.hkdfExpand(secret, labelInfo(label, context, length), length);
}

/** The `info` of HKDF-Expand: length u16 ‖ u8-prefixed label ‖ u8-prefixed context, as RFC 8446 §7.1 has it. */
export function labelInfo(label: Label, context: Uint8Array, length: number): Bytes {
  if (context.length > 255) {
    throw new CryptoError("invalid-length", `a context has at most 255 bytes, got ${context.length}`);
  }
  const name = utf8(labelPrefix + label);
  return concatBytes(
    Uint8Array.of(length >> 8, length & 0xff, name.length),
    name,
    Uint8Array.of(context.length),
    context,
  );
}

import assert from "node:assert/strict";
import type { DecodeLimits } from "@wardwire/wire/limits";
import { WireError, type WireErrorCode } from "@wardwire/wire/wire-error";

/** Small enough that a test can write a message at a limit and one beyond it. */
export const smallLimits: DecodeLimits = { maxMessageBytes: 200, maxFrames: 3, maxDepth: 4 };

/** Asserts that `decode` throws a WireError with this code. */
export function assertWireError(decode: () => unknown, code: WireErrorCode): void {
  assert.throws(decode, (error) => {
    assert.ok(error instanceof WireError, `expected a WireError, got ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return true;
  });
}

/** Bytes from hexadecimal digits; spaces are for the reader. */
export function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

/** UTF-8 of a text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

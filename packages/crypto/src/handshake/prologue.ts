import { type Bytes, concatBytes } from "../bytes.ts";
import type { SecretBytes } from "../secret-bytes.ts";
import type { Suite } from "./suites.ts";

/** The session inside which a fresh handshake runs (HS-5); the exporter stays its owner's. */
export interface RunningSession {
  readonly exporter: SecretBytes;
  readonly suite: Suite;
}

/** The prologue: the header's exact bytes, the bundle's hash and, in a running session, its exporter (HS-1.2). */
export function handshakePrologue(
  headerBytes: Uint8Array,
  bundleHash: Uint8Array,
  within: RunningSession | undefined,
): Bytes {
  if (within === undefined) return concatBytes(headerBytes, bundleHash);
  return within.exporter.use((exporter) => concatBytes(headerBytes, bundleHash, exporter));
}

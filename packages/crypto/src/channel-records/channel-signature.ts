import { type Bytes, concatBytes, utf8 } from "../bytes.ts";
import { signatureContexts } from "../labels.ts";
import type { Primitives } from "../primitives/primitives.ts";
import { type Steps, step } from "../primitives/steps.ts";

/** What is signed of a channel record: context ‖ header ‖ SHA-256(ciphertext ‖ tag) (RK-6). */
export function* signedBytes(primitives: Primitives, header: Uint8Array, sealed: Uint8Array): Steps<Bytes> {
  return concatBytes(context, header, yield* step(primitives.sha256(sealed)));
}

const context = utf8(signatureContexts.channelRecord);

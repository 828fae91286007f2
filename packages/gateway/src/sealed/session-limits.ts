import { type SessionLimits, widestLimits } from "@wardwire/crypto/handshake/second-message";
import { aeadBytes } from "@wardwire/crypto/primitives";
import { headerBytes } from "@wardwire/crypto/session-records/record-header";
import { clientDecodeLimits } from "@wardwire/wire/limits";
import { GatewayError } from "../gateway-error.ts";

/** The longest message 1 there is (HS-1.3). */
const leastMessageBytes = 4_096;

/**
 * The bounds of sealed sessions on a host that takes messages of so many bytes. A value may be as large as the largest that
 * a client takes from a gateway; how much the gateway takes from a client stands in `connected`.
 *
 * @throws GatewayError `invalid-options` where not even a handshake would fit
 */
export function sessionLimits(maxMessageBytes: number): SessionLimits {
  if (maxMessageBytes < leastMessageBytes) {
    const text = `limits.maxMessageBytes: sealed connections need at least ${leastMessageBytes}, got ${maxMessageBytes}`;
    throw new GatewayError("invalid-options", text);
  }
  return {
    maxPlaintextBytes: Math.min(widestLimits.maxPlaintextBytes, maxMessageBytes - headerBytes - aeadBytes.tag),
    maxMessageBytes: clientDecodeLimits.maxMessageBytes,
  };
}

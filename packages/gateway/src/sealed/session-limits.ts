import { maxPositions } from "@wardwire/crypto/channel-records/channel-announcements";
import { type SessionLimits, widestLimits } from "@wardwire/crypto/handshake/second-message";
import { aeadBytes } from "@wardwire/crypto/primitives";
import { headerBytes } from "@wardwire/crypto/session-records/record-header";
import { clientDecodeLimits } from "@wardwire/wire/limits";
import { GatewayError } from "../gateway-error.ts";
import type { GatewayLimits } from "../options.ts";

/** The longest message 1 there is (HS-1.3). */
const leastMessageBytes = 4_096;

/**
 * The bounds of sealed sessions on a host that takes messages of so many bytes. A value may be as large as the largest that
 * a client takes from a gateway; how much the gateway takes from a client stands in `connected`.
 *
 * @throws GatewayError `invalid-options` where not even a handshake would fit, or not the positions of all that may be joined
 */
export function sessionLimits({ maxMessageBytes, maxJoins }: SessionSizes): SessionLimits {
  if (maxMessageBytes < leastMessageBytes) {
    const text = `limits.maxMessageBytes: sealed connections need at least ${leastMessageBytes}, got ${maxMessageBytes}`;
    throw new GatewayError("invalid-options", text);
  }
  const maxPlaintextBytes = Math.min(widestLimits.maxPlaintextBytes, maxMessageBytes - headerBytes - aeadBytes.tag);
  const most = maxPositions(maxPlaintextBytes);
  if (maxJoins > most) {
    // A HEARTBEAT is one record, and has every channel in it (RK-5.1).
    const text = `limits.maxJoins: sealed connections with this maxMessageBytes have at most ${most}, got ${maxJoins}`;
    throw new GatewayError("invalid-options", text);
  }
  return { maxPlaintextBytes, maxMessageBytes: clientDecodeLimits.maxMessageBytes };
}

type SessionSizes = Pick<GatewayLimits, "maxMessageBytes" | "maxJoins">;

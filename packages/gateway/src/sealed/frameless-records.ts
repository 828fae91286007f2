import type { SessionLimits } from "@wardwire/crypto/handshake/second-message";
import { TokenBucket } from "../limits/token-bucket.ts";
import type { GatewayLimits } from "../options.ts";

/**
 * What records of one client are paid from that bring no frames, since nothing above ever sees them (R29): heartbeats and
 * new keys may come as often as control frames, chunks as often as the byte budget lets values through.
 */
export function framelessRecords(limits: GatewayLimits, session: SessionLimits, now: () => number): TokenBucket {
  const chunk = session.maxPlaintextBytes;
  return new TokenBucket({
    perSecond: limits.controlFramesPerSecond + limits.bytesPerSecond / chunk,
    burst: limits.controlFrameBurst + limits.byteBurst / chunk,
    now,
  });
}

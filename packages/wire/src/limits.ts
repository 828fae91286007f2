/** Bounds beyond which a decoder builds nothing (WP-LIMIT-1). */
export interface DecodeLimits {
  /** Bytes of one WebSocket message. */
  readonly maxMessageBytes: number;
  /** Frames in one WebSocket message. */
  readonly maxFrames: number;
  /** Nesting depth; the frame itself is depth 1. */
  readonly maxDepth: number;
}

/** What a gateway accepts from a client unless configured otherwise. */
export const gatewayDecodeLimits: DecodeLimits = { maxMessageBytes: 65_536, maxFrames: 64, maxDepth: 32 };

/**
 * What a client accepts from a gateway. Larger, since a gateway answers a join with a page of history and gathers all
 * it has queued in one turn of its event loop; it splits what would be more (WP-BATCH-2).
 */
export const clientDecodeLimits: DecodeLimits = { maxMessageBytes: 4_194_304, maxFrames: 4_096, maxDepth: 36 };

/** The most bytes and frames a gateway gathers into one WebSocket message; a single larger frame still goes alone. */
export const maxBatchBytes = 262_144;
export const maxBatchFrames = 1_024;

/** An idempotency key: 1 to 64 visible ASCII characters. */
export const idempotencyKeyPattern: RegExp = /^[\x21-\x7e]{1,64}$/;

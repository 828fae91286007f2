import { clientDecodeLimits, type DecodeLimits } from "@wardwire/wire/limits";

/** Every bound of a client. All are on unless changed (R58, R60). */
export interface ClientLimits extends DecodeLimits {
  /** Unread messages of one channel, and unread notifications. */
  readonly maxQueuedMessages: number;
  /** Requests waiting for a reply. */
  readonly maxPending: number;
  /** How long a request waits for its reply. */
  readonly requestTimeoutMs: number;
  /** Bytes waiting to be sent, beyond which requests are refused. */
  readonly maxBufferedBytes: number;
  /** From opening a socket to `connected`. */
  readonly connectTimeoutMs: number;
}

/** The defaults of {@link ClientLimits}. */
export const defaultClientLimits: ClientLimits = {
  ...clientDecodeLimits,
  maxQueuedMessages: 1_000,
  maxPending: 256,
  requestTimeoutMs: 30_000,
  maxBufferedBytes: 1_048_576,
  connectTimeoutMs: 10_000,
};

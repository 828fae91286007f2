import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { checkBound } from "../arguments.ts";
import type { Cluster } from "../cluster.ts";
import { ChannelStreams } from "./channel-streams.ts";
import { IdempotencyKeys } from "./idempotency-keys.ts";
import { MemoryBroker } from "./memory-broker.ts";
import { MemoryPresence } from "./memory-presence.ts";
import { MemoryRevocations } from "./memory-revocations.ts";

/** Everything has a default. */
export interface MemoryOptions {
  /** Channels without subscribers whose history is kept; past that the least recently used go. 10,000. */
  readonly maxIdleChannels?: number;
  /**
   * Bytes of all channels' history, 128 for each item included. Past that channels without subscribers go, the least
   * recently used first, then the oldest items of the channel published to. 256 MiB.
   */
  readonly maxHistoryBytes?: number;
  /** Idempotency keys remembered, over all channels; past that the oldest are forgotten before their time. 100,000. */
  readonly maxIdempotencyKeys?: number;
  /** Hears what a subscriber's listener threw; must not throw. A process warning. */
  readonly onListenerError?: (error: unknown) => void;
  /** Milliseconds that never go back. `performance.now`. */
  readonly now?: () => number;
  /** So many unpredictable bytes. The operating system's. */
  readonly random?: (length: number) => Uint8Array;
}

/**
 * The engine of a single process: nothing is shared with others and nothing outlives it, so after a restart every
 * channel has a new stream. It takes memory for what the options bound, for watched channels, for who is present and
 * for revocations that still matter.
 *
 * @throws ClusterError `invalid-argument` for a bound that is no integer of 1 or more
 */
export function memory(options: MemoryOptions = {}): Cluster {
  const { maxIdleChannels = 10_000, maxHistoryBytes = 268_435_456, maxIdempotencyKeys = 100_000 } = options;
  const { onListenerError = warnOfListenerError, now = () => performance.now(), random = randomBytes } = options;
  checkBound("maxIdleChannels", maxIdleChannels);
  checkBound("maxHistoryBytes", maxHistoryBytes);
  checkBound("maxIdempotencyKeys", maxIdempotencyKeys);

  const newStreamId = (): string => `s_${Buffer.from(random(streamIdBytes)).toString("base64url")}`;
  const streams = new ChannelStreams({ maxIdleChannels, maxHistoryBytes, newStreamId, onListenerError });
  const broker = new MemoryBroker(streams, new IdempotencyKeys(maxIdempotencyKeys), now);
  const presence = new MemoryPresence();
  const revocations = new MemoryRevocations(now, onListenerError);
  const close = async (): Promise<void> => {
    presence.close();
    revocations.close();
    await broker.close();
  };
  return { broker, presence, revocations, close };
}

/** 96 bits: two streams of a channel never share an id by chance. */
const streamIdBytes = 12;

function warnOfListenerError(error: unknown): void {
  process.emitWarning("a broker's listener threw; listeners must not", {
    type: "WardwireClusterWarning",
    detail: inspect(error),
  });
}

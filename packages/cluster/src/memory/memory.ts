import { randomBytes } from "node:crypto";
import { checkBound } from "../arguments.ts";
import type { Cluster } from "../cluster.ts";
import { warnOfListenerError } from "../listener-error.ts";
import { newStreamId } from "../stream-id.ts";
import { ChannelStreams } from "./channel-streams.ts";
import { IdempotencyKeys } from "./idempotency-keys.ts";
import { MemoryBroker } from "./memory-broker.ts";
import { MemoryBudgets } from "./memory-budgets.ts";
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
  /** Keys of budgets remembered; past that the one used longest ago is forgotten, and full again. 100,000. */
  readonly maxBudgetKeys?: number;
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
  const { maxBudgetKeys = 100_000 } = options;
  const { onListenerError = warnOfListenerError, now = () => performance.now(), random = randomBytes } = options;
  checkBound("maxIdleChannels", maxIdleChannels);
  checkBound("maxHistoryBytes", maxHistoryBytes);
  checkBound("maxIdempotencyKeys", maxIdempotencyKeys);
  checkBound("maxBudgetKeys", maxBudgetKeys);

  const streams = new ChannelStreams({
    maxIdleChannels,
    maxHistoryBytes,
    newStreamId: () => newStreamId(random),
    onListenerError,
  });
  const broker = new MemoryBroker(streams, new IdempotencyKeys(maxIdempotencyKeys), now);
  const presence = new MemoryPresence();
  const revocations = new MemoryRevocations(now, onListenerError);
  const budgets = new MemoryBudgets(maxBudgetKeys, now);
  const close = async (): Promise<void> => {
    for (const part of [broker, presence, revocations, budgets]) part.close();
  };
  return { broker, presence, revocations, budgets, close };
}

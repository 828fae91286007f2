import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { checkBound, checkName } from "../arguments.ts";
import type { Cluster } from "../cluster.ts";
import { warnOfListenerError } from "../listener-error.ts";
import { MemoryPresence } from "../memory/memory-presence.ts";
import { newStreamId } from "../stream-id.ts";
import { type EngineClock, engineTime, systemClock } from "./engine-time.ts";
import { SqliteBroker } from "./sqlite-broker.ts";
import { SqliteBudgets } from "./sqlite-budgets.ts";
import { SqliteRevocations } from "./sqlite-revocations.ts";
import { openStoreThread } from "./store-thread.ts";

/** Everything but the file has a default. */
export interface SqliteOptions {
  /** Path of the database, created if there is none, on a local file system; beside it SQLite keeps `file-wal`. */
  readonly file: string;
  /** The most the database may take. Past that publications are refused with `full` until something expires. 8 GiB. */
  readonly maxFileBytes?: number;
  /** What may wait for the disk; past that requests are refused with `unavailable`. 65,536 requests of 64 MiB. */
  readonly maxWaitingRequests?: number;
  readonly maxWaitingBytes?: number;
  /** Keys of budgets remembered; past that those go, and are full, that would be full soonest. 100,000. */
  readonly maxBudgetKeys?: number;
  /** Hears what a subscriber's listener threw; must not throw. A process warning. */
  readonly onListenerError?: (error: unknown) => void;
  /** The machine's clocks. */
  readonly clock?: EngineClock;
  /** So many unpredictable bytes. The operating system's. */
  readonly random?: (length: number) => Uint8Array;
}

/**
 * The engine of one machine: history, idempotency keys, revocations and budgets are in a file and outlive the process,
 * positions and streams with them (ADR 0008). What has been acknowledged has been synchronised to the disk: neither the
 * end of the process at any instant nor a loss of power loses it, as long as the disk keeps what it confirms.
 *
 * One engine at a time has the file open. Present is who is connected to this process, so presence is in memory and is
 * empty after a restart. The work is done on a thread of its own, so that the event loop does not wait for the disk.
 *
 * @throws ClusterError as a rejection: `invalid-argument`; `in-use` when another engine has the file; `cannot-open`,
 *   `read-only`, `full`, `corrupt`, `incompatible`. The file keeps what was in it then.
 */
export async function sqlite(options: SqliteOptions): Promise<Cluster> {
  const { file, maxFileBytes = 8_589_934_592, maxBudgetKeys = 100_000 } = options;
  const { maxWaitingRequests = 65_536, maxWaitingBytes = 67_108_864 } = options;
  const { onListenerError = warnOfListenerError, clock = systemClock, random = randomBytes } = options;
  checkName("file", file);
  checkBound("maxFileBytes", maxFileBytes);
  checkBound("maxWaitingRequests", maxWaitingRequests);
  checkBound("maxWaitingBytes", maxWaitingBytes);
  checkBound("maxBudgetKeys", maxBudgetKeys);

  const startedMs = clock.monotonic();
  const thread = await openStoreThread(
    { file: resolve(file), maxFileBytes, maxBudgetKeys, nowMs: Math.floor(clock.now()) },
    { maxRequests: maxWaitingRequests, maxBytes: maxWaitingBytes },
    (openedMs) => engineTime(clock, startedMs, openedMs),
  );
  const broker = new SqliteBroker({ thread, newStreamId: () => newStreamId(random), onListenerError });
  const presence = new MemoryPresence();
  const revocations = new SqliteRevocations(thread, onListenerError);
  const budgets = new SqliteBudgets(thread);
  const close = async (): Promise<void> => {
    for (const part of [broker, presence, revocations]) part.close();
    await thread.close();
  };
  return { broker, presence, revocations, budgets, close };
}

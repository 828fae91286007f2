import { setTimeout as delay } from "node:timers/promises";
import type { ClientLog } from "../checker/log.ts";

/** From a publish to its receipts, over what these clients sent each other from `from` to `to`, by `performance.now()`. */
export function p99LatencyMs(logs: readonly ClientLog[], { from, to }: { from: number; to: number }): number {
  const entries = logs.flatMap((log) => log.entries);
  const sentAt = new Map<string, number>();
  for (const entry of entries) {
    if (entry.event === "sent" && entry.at >= from && entry.at < to) sentAt.set(entry.send, entry.at);
  }
  const latencies = entries.flatMap((entry) => {
    const sent = entry.event === "received" ? sentAt.get(entry.send) : undefined;
    return sent === undefined ? [] : [entry.at - sent];
  });
  return percentile(latencies, 0.99);
}

/** The smallest value that this share of all values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}

/**
 * Asks again and again until something outside this process is so: a process's memory or descriptors tell of no change.
 *
 * @throws Error when it is not so in time.
 */
export async function until(holds: () => boolean, deadlineMs: number, what: string): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`after ${deadlineMs} ms still not: ${what}`);
    await delay(10);
  }
}

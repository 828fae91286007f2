import assert from "node:assert/strict";
import { checkLogs } from "../checker/check-logs.ts";
import type { LoggedClient } from "./logged-client.ts";

/** What a run that kept the guarantee came to. */
export interface Verdict {
  readonly acknowledged: number;
  readonly received: number;
  /** Messages of which an acknowledgement was lost, and which were taken once all the same. */
  readonly repetitions: number;
  /** Gaps clients were told of. */
  readonly gaps: number;
}

/**
 * Publishes a last message to every channel, waits until each member has it, and holds all logs against the guarantee.
 *
 * @param clients all members of all channels; every channel's first one publishes.
 */
export async function assertGuarantee(clients: readonly LoggedClient[]): Promise<Verdict> {
  const channels = Map.groupBy(clients, ({ place }) => place);
  const missing = (await Promise.all([...channels.values()].map(publishLast))).flat();
  for (const client of clients) client.settle();
  const violations = checkLogs(clients.map(({ log }) => log));
  const few = { missing: missing.slice(0, 10), violations: violations.slice(0, 10) };
  assert.deepEqual(few, { missing: [], violations: [] }, `${violations.length} violations, ${missing.length} missing`);
  const total = (event: "acknowledged" | "received" | "gap"): number =>
    clients.reduce((sum, client) => sum + client.count(event), 0);
  const repetitions = clients.reduce((sum, client) => sum + client.repetitions, 0);
  return { acknowledged: total("acknowledged"), received: total("received"), repetitions, gaps: total("gap") };
}

/** @returns what went wrong: who never received the last message of a channel. */
async function publishLast(members: readonly LoggedClient[]): Promise<readonly string[]> {
  const [first] = members;
  const send = `last-${first?.name}-${first?.log.entries.length}`;
  if ((await first?.publish(send)) !== true) return [`${send}: ${first?.failures.at(-1)}`];
  const receipts = await Promise.allSettled(members.map((member) => member.received(send)));
  return receipts.flatMap((receipt) => (receipt.status === "rejected" ? [String(receipt.reason)] : []));
}

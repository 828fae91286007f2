import type { Cluster } from "@wardwire/cluster/cluster";
import type { PresenceEntry } from "@wardwire/cluster/presence";
import type { Present } from "@wardwire/wire/frames";
import type { ChannelAddress } from "./channel.ts";

/** Longest presence list of one answer (WP-PUSH-6). */
export const maxPresent = 1_000;

/** Who is present in a channel, at most `maxPresent` of them, in the order they came. */
export async function presentIn(cluster: Cluster, address: Pick<ChannelAddress, "key">): Promise<readonly Present[]> {
  const entries = await cluster.presence.list(address.key);
  const present = entries
    .slice(0, maxPresent)
    .map((entry): Present => JSON.parse(Buffer.from(entry.bytes).toString("utf8")));
  return present.sort((one, other) => one.since - other.since);
}

/** One connection's entry as the engine keeps it. */
export function presenceEntry(present: Present): PresenceEntry {
  return { id: present.connection, bytes: Buffer.from(JSON.stringify(present)) };
}

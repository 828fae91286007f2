import type { Cluster } from "@wardwire/cluster/cluster";
import type { PresenceEntry } from "@wardwire/cluster/presence";
import type { Present } from "@wardwire/wire/frames";
import type { ChannelAddress } from "./channel.ts";

/** Longest presence list of one answer (WP-PUSH-6). */
export const maxPresent = 1_000;

/** Who is present, and how many there are where those are more. */
export interface PresentList {
  readonly present: readonly Present[];
  readonly presentCount?: number;
}

/** Who is present in a channel, at most `maxPresent` of them, in the order they came. */
export async function presentIn(cluster: Cluster, address: Pick<ChannelAddress, "key">): Promise<PresentList> {
  const entries = await cluster.presence.list(address.key, maxPresent);
  const present = entries
    .map(({ bytes }): Present => JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()))
    .sort((one, other) => one.since - other.since);
  if (present.length < maxPresent) return { present };
  return { present, presentCount: await cluster.presence.count(address.key) };
}

/** One connection's entry as the engine keeps it. */
export function presenceEntry(present: Present): PresenceEntry {
  return { id: present.connection, bytes: Buffer.from(JSON.stringify(present)) };
}

import type { Broker, HistoryPage, StreamPosition } from "@wardwire/cluster/broker";
import type { Channel } from "./channel.ts";

/** Items read at once. */
const pageItems = 256;

/**
 * Reads what the members of a channel that is held back were not given, and delivers it. What is not kept is told to them
 * as lost, with the position from which on they are given everything again (WP-RECOVER-3). Releases the channel.
 *
 * @throws ClusterError when the engine does not answer; what has come after a hole is delivered then, behind a loss.
 */
export async function repair(broker: Broker, channel: Channel): Promise<void> {
  try {
    await readOn(broker, channel);
  } catch (error) {
    if (channel.firstHeld !== undefined) channel.lose(channel.firstHeld);
    throw error;
  } finally {
    channel.release();
  }
}

async function readOn(broker: Broker, channel: Channel): Promise<void> {
  for (;;) {
    const since = channel.position;
    const page = await broker.history(channel.address.key, { since, limit: pageItems });
    if (page.complete) channel.recover(page.items);
    else channel.lose(beyondGap(page, since, channel.firstHeld));
    if (isAt(channel.position, channel.firstHeld) || isAt(channel.position, page.position)) return;
  }
}

/** Where to go on: at the beginning of a new stream, before what is left of this one, else before what has come. */
function beyondGap(page: HistoryPage, since: StreamPosition, held: StreamPosition | undefined): StreamPosition {
  const { stream } = page.position;
  if (since.stream !== stream) return { stream, offset: 0 };
  const [left] = page.items;
  if (left !== undefined) return { stream, offset: left.offset - 1 };
  return held?.stream === stream ? held : page.position;
}

/** Whether a place is reached. */
function isAt({ stream, offset }: StreamPosition, place: StreamPosition | undefined): boolean {
  return place?.stream === stream && offset >= place.offset;
}

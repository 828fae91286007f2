import type { JoinedFrame, Position } from "@wardwire/wire/frames";
import type { Channel } from "./channel.ts";
import { historyMessages, maxItemBytes } from "./history-message.ts";
import type { ChannelStore } from "./stored/channel-store.ts";

/** What `joined` says of the messages before it. */
export type Recovery = Pick<JoinedFrame, "recovered" | "messages">;

/** How often a page is read again because messages were delivered while it was being read. */
const maxReads = 5;

/** The most messages of one answer; a client pages through what is more. */
const maxRecovered = 1_000;

/**
 * What was published after `since`, whole or not at all; of a channel of the latest value that value, if it is newer. It
 * has to end just where live delivery begins, so it is read again while messages arrive in between (WP-RECOVER-1).
 *
 * @throws ClusterError when the engine does not answer.
 */
export async function recover(store: ChannelStore, channel: Channel, since: Position | undefined): Promise<Recovery> {
  const { definition } = channel.address;
  if (definition.history?.messages === "latest") return recoverLatest(store, channel, since);
  if (since === undefined) return {};
  if (definition.history === undefined) return { recovered: isSame(since, channel.position) };
  const limit = Math.min(definition.history.messages, maxRecovered);
  for (let read = 0; read < maxReads; read += 1) {
    const { items, position, complete } = await store.history(channel.address, { since, limit });
    if (!complete || items.length < position.offset - since.offset) return { recovered: false };
    if (!isSame(position, channel.position)) continue;
    const { messages, whole } = historyMessages(items, maxItemBytes);
    return whole ? { recovered: true, messages } : { recovered: false };
  }
  return { recovered: false };
}

async function recoverLatest(store: ChannelStore, channel: Channel, since: Position | undefined): Promise<Recovery> {
  for (let read = 0; read < maxReads; read += 1) {
    const { items, position } = await store.history(channel.address, { limit: 1, reverse: true });
    if (!isSame(position, channel.position)) continue;
    const isNews = since?.stream !== position.stream || position.offset > since.offset;
    const { messages } = historyMessages(isNews ? items : [], maxItemBytes);
    const isCurrent = messages.length > 0 || (since !== undefined && isSame(since, position));
    return {
      ...(since !== undefined && { recovered: isCurrent }),
      ...(messages.length > 0 && { messages }),
    };
  }
  return since === undefined ? {} : { recovered: false };
}

function isSame(a: Position, b: Position): boolean {
  return a.stream === b.stream && a.offset === b.offset;
}

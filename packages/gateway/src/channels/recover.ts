import type { HistoryQuery } from "@wardwire/cluster/broker";
import type { History } from "@wardwire/contract";
import type { JoinedFrame, Position } from "@wardwire/wire/frames";
import type { Channel } from "./channel.ts";
import { historyMessages, maxItemBytes } from "./history-message.ts";
import type { ChannelStore, ReadPage } from "./stored/channel-store.ts";

/** What `joined` says of the messages before it. */
export type Recovery = Pick<JoinedFrame, "recovered" | "messages">;

/** How often a page is read again because messages were delivered while it was being read. */
const maxReads = 5;

/** The most messages of one answer; a client pages through what is more. */
const maxRecovered = 1_000;

/**
 * Finds out what was published after `since`, whole or not at all; of a channel of the latest value that value, if it is
 * newer. It has to end just where live delivery begins, so it is read again while messages arrive in between
 * (WP-RECOVER-1).
 *
 * @param take is given it in the very moment in which that is so: who is to be a member becomes one before it returns, as
 *   a message may be delivered right after.
 * @returns what `take` does.
 * @throws ClusterError when the engine does not answer.
 */
export async function recover<Taken>(
  store: ChannelStore,
  channel: Channel,
  since: Position | undefined,
  take: (recovery: Recovery) => Taken,
): Promise<Taken> {
  const { history } = channel.address.definition;
  if (history === undefined) {
    return take(since === undefined ? {} : { recovered: isSame(since, channel.position) });
  }
  const query = queryFor(history, since);
  if (query === undefined) return take({});
  for (let read = 0; read < maxReads; read += 1) {
    const page = await store.history(channel.address, query);
    if (isSame(page.position, channel.position)) return take(recoveryFrom(page, since, query));
  }
  return take(since === undefined ? {} : { recovered: false });
}

/** What is asked of the engine; undefined where there is nothing to recover. */
function queryFor({ messages }: History, since: Position | undefined): HistoryQuery | undefined {
  if (messages === "latest") return { limit: 1, reverse: true };
  return since && { since, limit: Math.min(messages, maxRecovered) };
}

function recoveryFrom(page: ReadPage, since: Position | undefined, { reverse }: HistoryQuery): Recovery {
  return since === undefined || reverse === true ? latestIn(page, since) : whatFollows(page, since);
}

function whatFollows({ items, position, complete }: ReadPage, since: Position): Recovery {
  if (!complete || items.length < position.offset - since.offset) return { recovered: false };
  const { messages, whole } = historyMessages(items, maxItemBytes);
  return whole ? { recovered: true, messages } : { recovered: false };
}

function latestIn({ items, position }: ReadPage, since: Position | undefined): Recovery {
  const isNews = since?.stream !== position.stream || position.offset > since.offset;
  const { messages } = historyMessages(isNews ? items : [], maxItemBytes);
  const isCurrent = messages.length > 0 || (since !== undefined && isSame(since, position));
  return {
    ...(since !== undefined && { recovered: isCurrent }),
    ...(messages.length > 0 && { messages }),
  };
}

function isSame(a: Position, b: Position): boolean {
  return a.stream === b.stream && a.offset === b.offset;
}

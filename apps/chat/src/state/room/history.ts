import type { ChatChannel } from "../chat-client.ts";
import type { ChatMessage } from "./timeline.ts";

/** How many messages of a history are read; the demo's gateway keeps no more. */
const wanted = 100;

/**
 * Reads the last messages of a room, newest page first. One page is usually all; long messages may need more.
 *
 * @throws ClientError as `JoinedChannel.history`
 */
export async function* readHistory(channel: ChatChannel): AsyncGenerator<readonly ChatMessage[]> {
  let since: { readonly stream: string; readonly offset: number } | undefined;
  for (let left = wanted; left > 0; ) {
    const page = await channel.history({ limit: left, reverse: true, ...(since === undefined ? {} : { since }) });
    const { stream } = page.position;
    const oldest = page.messages.at(-1);
    if (oldest === undefined) return;
    yield page.messages.map(({ sender, at, offset, id, data }) => ({
      stream,
      offset,
      id,
      sender,
      at,
      text: data.text,
    }));
    if (oldest.offset <= 1) return;
    since = { stream, offset: oldest.offset };
    left -= page.messages.length;
  }
}

import { ClientError } from "@wardwire/client";
import type { ChatChannel, ChatClient } from "../chat-client.ts";
import type { Presence } from "./people.ts";

/** How long after a connection is there its rooms may take to be joined again before this is tried once more, in ms. */
const retryMs = 250;

/**
 * Tells who is in a room, oneself included, until the signal is aborted: at once, at every change, and after every
 * reconnect, when whoever came or went meanwhile was not told.
 */
export function followPresence(
  client: ChatClient,
  channel: ChatChannel,
  tell: (present: readonly Presence[]) => void,
  signal: AbortSignal,
): void {
  const ask = async (): Promise<void> => {
    try {
      tell(await channel.presence({ signal }));
    } catch (error) {
      if (signal.aborted) return;
      const isNotJoinedYet = error instanceof ClientError && error.code === "not-connected";
      if (isNotJoinedYet && client.state.phase === "connected") setTimeout(ask, retryMs);
      else tell(channel.present);
    }
  };
  channel.addEventListener("presence", () => tell(channel.present), { signal });
  client.addEventListener(
    "state",
    ({ detail }) => {
      if (detail.phase === "connected") void ask();
    },
    { signal },
  );
  void ask();
}

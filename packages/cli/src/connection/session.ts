import type { Client, ClientError } from "@wardwire/client";
import type { Json } from "@wardwire/wire/frames";
import type { JoinTarget } from "../option-values.ts";
import type { ConnectLines, UntypedChannel } from "./connect-lines.ts";

/** What to do on a connection. */
export interface SessionPlan {
  readonly join: readonly JoinTarget[];
  /** Published to the last channel joined. */
  readonly publish?: Json;
  /** Whether this connection's own messages are shown. */
  readonly own: boolean;
  /** How many messages from others to wait for. */
  readonly count?: number;
}

/**
 * Joins, publishes and prints messages. Resolves after `count` messages from others, or without a count once published;
 * with neither it does not resolve.
 *
 * @param onReady called when all channels have been joined.
 * @throws ClientError when the gateway refuses something or the connection ends.
 */
export async function runSession(
  client: Client,
  plan: SessionPlan,
  lines: ConnectLines,
  onReady: () => void,
): Promise<void> {
  const ended = Promise.withResolvers<never>();
  client.addEventListener("state", ({ detail }) => {
    if (detail.phase === "closed") ended.reject(detail.reason);
  });
  client.addEventListener("notification", ({ detail }) => lines.notification(detail as { data: Json; at: number }));
  const enough = Promise.withResolvers<void>();
  let missing = plan.count ?? Number.POSITIVE_INFINITY;
  const onMessage = (fromOther: boolean): boolean => {
    if (missing <= 0) return false;
    if (fromOther) missing -= 1;
    if (missing <= 0) enough.resolve();
    return true;
  };
  const work = async (): Promise<void> => {
    const channels: UntypedChannel[] = [];
    for (const { channel, params } of plan.join) {
      const joined = await client.join(channel, params, { own: plan.own });
      lines.joined(joined);
      readMessages(client, joined, lines, onMessage).catch(ended.reject);
      channels.push(joined);
    }
    onReady();
    const last = channels.at(-1);
    if (plan.publish !== undefined && last !== undefined) lines.published(last, await last.publish(plan.publish));
    if (plan.count !== undefined || plan.publish === undefined) await enough.promise;
  };
  await Promise.race([work(), ended.promise]);
}

/** Shows a channel's messages while `onMessage`, told whether one is from somebody else, says that it is wanted. */
async function readMessages(
  client: Client,
  channel: UntypedChannel,
  lines: ConnectLines,
  onMessage: (fromOther: boolean) => boolean,
): Promise<void> {
  const own = client.state.phase === "connected" ? client.state.connection : undefined;
  for await (const message of channel.messages) {
    if (!onMessage(message.sender === undefined || message.sender.connection !== own)) return;
    lines.message(channel, message);
  }
}

/** Whether an error is one of the client's: told by its shape, as errors of another package are. */
export function isClientError(error: unknown): error is ClientError {
  return error instanceof Error && "origin" in error && "code" in error && typeof error.code === "string";
}

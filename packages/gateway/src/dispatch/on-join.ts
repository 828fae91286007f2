import type { HistoryMessage, JoinFrame, Position, Present } from "@wardwire/wire/frames";
import { channelAddress } from "../channels/address.ts";
import type { Channel, ChannelAddress } from "../channels/channel.ts";
import { historyMessages, maxItemBytes } from "../channels/history-message.ts";
import { presenceEntry, presentIn } from "../channels/present.ts";
import type { Connection } from "../connection/connection.ts";
import type { Session } from "../connection/session.ts";
import type { Core } from "../core.ts";
import { review } from "../revocation/reauthorize.ts";
import { permit } from "./permit.ts";
import { RequestError } from "./request-error.ts";
import { withinBudget } from "./within-budget.ts";

/** Makes the connection a member of a channel. */
export async function onJoin(core: Core, connection: Connection, session: Session, frame: JoinFrame): Promise<void> {
  const address = channelAddress(core.contract, frame.channel, frame.params);
  withinBudget(connection.budgets.join(), `${core.limits.joinsPerSecond} joins a second`);
  if (isJoined(session, address)) throw new RequestError("already-joined", "the channel is joined already");
  if (session.joined.size >= core.limits.maxJoins) {
    throw new RequestError("too-many-joins", `at most ${core.limits.maxJoins} channels a connection; leave one first`);
  }
  const { reviews } = session;
  await permit(core, connection, session, { operation: "join", channel: address });
  const channel = await core.channels.hold(address);
  try {
    await enter(core, connection, session, frame, channel);
  } finally {
    if (!session.joined.has(channel.number)) core.channels.release(channel);
  }
  if (session.reviews !== reviews) await review(core, connection, session);
}

async function enter(
  core: Core,
  connection: Connection,
  session: Session,
  frame: JoinFrame,
  channel: Channel,
): Promise<void> {
  const { address, number } = channel;
  const others = address.definition.presence === true ? await presentIn(core.cluster, address) : undefined;
  const present = others === undefined ? undefined : describe(core, connection, session);
  try {
    if (present !== undefined) await core.cluster.presence.add(address.key, presenceEntry(present));
    const recovery = frame.since === undefined ? {} : await recover(core, channel, frame.since);
    const { name, params } = address;
    const presence = others === undefined ? {} : { present: others };
    const { position } = channel;
    connection.reply({
      type: "joined",
      id: frame.id,
      channel: number,
      name,
      params,
      position,
      ...recovery,
      ...presence,
    });
    // It may have closed while the engine was asked, or over this very reply.
    if (connection.isClosed) throw new RequestError("unavailable", "the connection has closed");
  } catch (error) {
    // Also after an `add` that failed: it may have come through all the same.
    if (present !== undefined) await core.cluster.presence.remove(address.key, connection.id);
    throw error;
  }
  // To those who were there before: whoever joins knows of itself.
  if (present !== undefined) channel.announce({ joined: [present] });
  channel.add(connection);
  session.joined.set(number, present === undefined ? { channel } : { channel, present });
}

function isJoined(session: Session, address: ChannelAddress): boolean {
  for (const { channel } of session.joined.values()) if (channel.address.key === address.key) return true;
  return false;
}

function describe(core: Core, connection: Connection, session: Session): Present {
  const { user, device } = session;
  return { user, device, connection: connection.id, since: core.clock.now() };
}

/** How often a page is read again because messages were delivered while it was being read. */
const maxReads = 5;

/**
 * What was published after `since`, whole or not at all. It has to end just where live delivery begins, so it is read
 * again while messages arrive in between.
 */
async function recover(
  core: Core,
  channel: Channel,
  since: Position,
): Promise<{ readonly recovered: boolean; readonly messages?: readonly HistoryMessage[] }> {
  const limit = channel.address.definition.history?.messages ?? 0;
  if (limit === 0) return { recovered: isSame(since, channel.position) };
  for (let read = 0; read < maxReads; read += 1) {
    const page = await core.cluster.broker.history(channel.address.key, { since, limit });
    if (!page.complete) return { recovered: false };
    if (isSame(page.position, channel.position)) {
      const { messages, whole } = historyMessages(page.items, maxItemBytes);
      return whole ? { recovered: true, messages } : { recovered: false };
    }
  }
  return { recovered: false };
}

function isSame(a: Position, b: Position): boolean {
  return a.stream === b.stream && a.offset === b.offset;
}

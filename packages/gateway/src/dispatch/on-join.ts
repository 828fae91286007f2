import type { JoinedFrame, JoinFrame, Present } from "@wardwire/wire/frames";
import { channelAddress } from "../channels/address.ts";
import { withChanges } from "../channels/announcements.ts";
import type { Channel, ChannelAddress } from "../channels/channel.ts";
import { isLossy } from "../channels/delivery.ts";
import { type PresentList, presenceEntry, presentIn } from "../channels/present.ts";
import { type Recovery, recover } from "../channels/recover.ts";
import type { Connection } from "../connection/connection.ts";
import type { Session } from "../connection/session.ts";
import type { Core } from "../core.ts";
import { permit } from "./permit.ts";
import { RequestError } from "./request-error.ts";
import { withinBudget } from "./within-budget.ts";

/** Makes the connection a member of a channel. */
export async function onJoin(core: Core, connection: Connection, session: Session, frame: JoinFrame): Promise<void> {
  const address = channelAddress(core.contract, frame.channel, frame.params);
  withinBudget(connection.budgets.join(), `${core.limits.joinsPerSecond} joins a second`);
  if (address.definition.protection === "sealed" && connection.admission.sealed === undefined) {
    throw new RequestError("protection-required", `${frame.channel} needs a sealed connection`);
  }
  if (isJoined(session, address)) throw new RequestError("already-joined", "the channel is joined already");
  if (session.joined.size >= core.limits.maxJoins) {
    throw new RequestError("too-many-joins", `at most ${core.limits.maxJoins} channels a connection; leave one first`);
  }
  const { reviews } = session;
  await permit(core, connection, session, { operation: "join", channel: address });
  const channel = await core.channels.hold(address);
  try {
    await enter(core, connection, session, frame, channel, reviews);
  } finally {
    if (!session.joined.has(channel.number)) core.channels.release(channel);
  }
}

/** @param reviews how often the session had been reviewed when the join was allowed */
async function enter(
  core: Core,
  connection: Connection,
  session: Session,
  frame: JoinFrame,
  channel: Channel,
  reviews: number,
): Promise<void> {
  const { address, announcements } = channel;
  const present = address.definition.presence === true ? describe(core, connection, session) : undefined;
  try {
    if (present !== undefined) await core.cluster.presence.add(address.key, presenceEntry(present));
    const known = announcements.count;
    const list = present && (await presentIn(core.cluster, address));
    let allowedAt = reviews;
    const takeIn = (recovery: Recovery): boolean => {
      if (session.reviews !== allowedAt) return false;
      requireInForce(core, session);
      connection.reply({
        ...joinedFrame(frame.id, channel),
        ...recovery,
        ...(list && others(list, channel, known, connection)),
      });
      // It may have closed while the engine was asked, or over this very reply.
      requireOpen(connection);
      become(channel, connection, session, present);
      return true;
    };
    // The rules may have changed since they were asked: nothing of the channel is given before they are asked again (R43).
    while (!(await recover(core.channels.store, channel, frame.since, takeIn))) {
      allowedAt = session.reviews;
      await permit(core, connection, session, { operation: "join", channel: address });
    }
  } catch (error) {
    if (present !== undefined) await retract(core, channel, present);
    throw error;
  }
}

/** Makes the connection a member, who hears what is delivered from now on. */
function become(channel: Channel, connection: Connection, session: Session, present: Present | undefined): void {
  // To those who were there before: whoever joins knows of itself.
  if (present !== undefined) channel.announcements.note({ came: true, who: present });
  channel.add(connection);
  session.joined.set(channel.number, present === undefined ? { channel } : { channel, present });
}

function joinedFrame(id: number, { number: channel, address, position }: Channel): JoinedFrame {
  const { name, params, definition } = address;
  return {
    type: "joined",
    id,
    channel,
    name,
    params,
    position,
    ...(isLossy(definition) && { lossy: true }),
    ...(definition.protection === "sealed" && { protection: "sealed" }),
  };
}

function requireOpen(connection: Connection): void {
  if (connection.isClosed) throw new RequestError("unavailable", "the connection has closed");
}

/** Whoever has been revoked meanwhile is about to be closed, which in a large process takes a while (RK-7.1). */
function requireInForce({ revocations }: Core, { identity, device }: Session): void {
  if (revocations.isRevoked(identity, device)) throw new RequestError("forbidden", "the credential has been revoked");
}

function isJoined(session: Session, address: ChannelAddress): boolean {
  for (const { channel } of session.joined.values()) if (channel.address.key === address.key) return true;
  return false;
}

function describe(core: Core, connection: Connection, session: Session): Present {
  const { user, device } = session;
  return { user, device, connection: connection.id, since: core.clock.now() };
}

/** Who else is there now: `list`, read when `known` changes had been noted, with those since. */
function others(list: PresentList, { announcements }: Channel, known: number, connection: Connection): PresentList {
  const present = withChanges(list.present, announcements.since(known) ?? []);
  return { ...list, present: present.filter((each) => each.connection !== connection.id) };
}

/** Also after an `add` that failed: it may have come through all the same, and others may have found it in their list. */
async function retract(core: Core, channel: Channel, present: Present): Promise<void> {
  channel.announcements.note({ came: false, who: present });
  await core.cluster.presence.remove(channel.address.key, present.connection);
}

import type { LeaveFrame } from "@wardwire/wire/frames";
import type { Departure } from "../channels/fanout.ts";
import type { Connection } from "../connection/connection.ts";
import type { Membership, Session } from "../connection/session.ts";
import type { Core } from "../core.ts";
import { joined } from "./joined.ts";

/** Ends membership in one channel. */
export function onLeave(core: Core, connection: Connection, session: Session, frame: LeaveFrame): undefined {
  leave(core, connection, session, joined(session, frame.channel), "left");
  connection.reply({ type: "left", id: frame.id, channel: frame.channel });
}

/** Ends membership in every channel, when the connection ends. */
export function leaveAll(core: Core, connection: Connection, session: Session, why: Departure): void {
  for (const membership of [...session.joined.values()]) leave(core, connection, session, membership, why);
}

/** Takes a connection that has been revoked, and is about to be closed, out of the fan-out of its channels; it is a member until the close. */
export function hearNoMore(connection: Connection, session: Session): void {
  for (const { channel } of session.joined.values()) channel.remove(connection, "expelled");
}

/** Ends a membership that is no longer allowed, and tells the client. */
export function expel(core: Core, connection: Connection, session: Session, membership: Membership): void {
  leave(core, connection, session, membership, "expelled");
  connection.send({ type: "left", channel: membership.channel.number, code: "forbidden" });
}

/** Takes the connection out of the fan-out at once; the presence list follows. */
function leave(
  core: Core,
  connection: Connection,
  session: Session,
  { channel, present }: Membership,
  why: Departure,
): void {
  session.joined.delete(channel.number);
  channel.remove(connection, why);
  if (present !== undefined) {
    channel.announcements.note({ came: false, who: present });
    core.cluster.presence.remove(channel.address.key, connection.id).catch((error: unknown) => {
      core.observe({ event: "failure", where: "presence", connection: connection.id, error });
    });
  }
  core.channels.release(channel);
}

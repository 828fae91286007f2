import type { PresenceFrame } from "@wardwire/wire/frames";
import { presentIn } from "../channels/present.ts";
import type { Connection } from "../connection/connection.ts";
import type { Session } from "../connection/session.ts";
import type { Core } from "../core.ts";
import { joined } from "./joined.ts";
import { permit } from "./permit.ts";
import { RequestError } from "./request-error.ts";

/** Answers with who is present in a joined channel. */
export async function onPresence(
  core: Core,
  connection: Connection,
  session: Session,
  frame: PresenceFrame,
): Promise<void> {
  const { address } = joined(session, frame.channel).channel;
  if (address.definition.presence !== true) {
    throw new RequestError("not-supported", `${address.name} keeps no presence`);
  }
  await permit(core, connection, session, { operation: "presence", channel: address });
  const list = await presentIn(core.cluster, address);
  joined(session, frame.channel);
  connection.reply({ type: "present", id: frame.id, channel: frame.channel, ...list });
}

import { parse } from "@wardwire/contract";
import type { Json, PublishFrame } from "@wardwire/wire/frames";
import type { Channel } from "../channels/channel.ts";
import { publishTo } from "../channels/publish.ts";
import type { Connection } from "../connection/connection.ts";
import type { Session } from "../connection/session.ts";
import type { Core } from "../core.ts";
import { asJson } from "./as-json.ts";
import { joined } from "./joined.ts";
import { permit } from "./permit.ts";
import { RequestError } from "./request-error.ts";

/** Publishes a member's message: parsed by the contract, permitted, stamped with who and when, given to the broker. */
export function onPublish(
  core: Core,
  connection: Connection,
  session: Session,
  frame: PublishFrame,
): Promise<void> | undefined {
  const { channel } = joined(session, frame.channel);
  const { name, definition } = channel.address;
  if (definition.publish !== "members") {
    throw new RequestError("forbidden", `only the application publishes to ${name}`);
  }
  const parsed = parse(definition.message, frame.data);
  if (!parsed.ok) throw new RequestError("invalid-data", parsed.message, { path: parsed.path });
  const data = asJson(parsed.value);
  const permitted = permit(core, connection, session, { operation: "publish", channel: channel.address });
  if (permitted === undefined) return publish(core, connection, session, frame, channel, data);
  return permitted.then(() => publish(core, connection, session, frame, channel, data));
}

async function publish(
  core: Core,
  connection: Connection,
  session: Session,
  frame: PublishFrame,
  channel: Channel,
  data: Json,
): Promise<void> {
  if (connection.isClosed) return;
  const from = { user: session.user, device: session.device, connection: connection.id };
  const key = frame.key === undefined ? undefined : `${session.user} ${frame.key}`;
  const { position, duplicate } = await publishTo(core, channel.address, { from, data, ...(key && { key }) });
  if (frame.id === undefined) return;
  const { offset } = position;
  connection.reply({ type: "published", id: frame.id, offset, ...(duplicate ? { duplicate } : {}) });
}

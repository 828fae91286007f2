import type { HistoryFrame } from "@wardwire/wire/frames";
import { historyMessages, maxPageBytes } from "../channels/history-message.ts";
import type { Connection } from "../connection/connection.ts";
import type { Session } from "../connection/session.ts";
import type { Core } from "../core.ts";
import { joined } from "./joined.ts";
import { permit } from "./permit.ts";
import { RequestError } from "./request-error.ts";

/** Answers with a page of a joined channel's history. */
export async function onHistory(
  core: Core,
  connection: Connection,
  session: Session,
  frame: HistoryFrame,
): Promise<void> {
  const { address } = joined(session, frame.channel).channel;
  if (address.definition.history === undefined) {
    throw new RequestError("not-supported", `${address.name} keeps no history`);
  }
  await permit(core, connection, session, { operation: "history", channel: address });
  const { since, limit, reverse = false } = frame;
  const query = { limit, reverse, ...(since === undefined ? {} : { since }) };
  const page = await core.cluster.broker.history(address.key, query);
  const { messages } = historyMessages(page.items, maxPageBytes);
  connection.reply({ type: "messages", id: frame.id, channel: frame.channel, messages, position: page.position });
}

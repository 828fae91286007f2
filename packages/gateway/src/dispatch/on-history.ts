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
  const page = await core.channels.store.history(address, query);
  // What it holds may be later than the end of a membership.
  joined(session, frame.channel);
  if (page.isBroken) throw brokenHistory(core);
  const { messages } = historyMessages(page.items, maxPageBytes);
  connection.reply({ type: "messages", id: frame.id, channel: frame.channel, messages, position: page.position });
}

/** A page cannot say that something in it is not as it must be (HR-1.2): an empty one would pass for the end. */
function brokenHistory(core: Core): RequestError {
  const error = new Error("the engine gave history that is not as it was sealed: it was changed, or its key is gone");
  core.observe({ event: "failure", where: "history", error });
  return new RequestError("unavailable", "the history cannot be read here");
}

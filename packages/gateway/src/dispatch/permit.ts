import type { Json } from "@wardwire/wire/frames";
import { type AuthorizeRequest, type Decision, decide } from "../auth/authorize.ts";
import type { ChannelOperation } from "../auth/operation.ts";
import type { ChannelAddress } from "../channels/channel.ts";
import type { Connection } from "../connection/connection.ts";
import type { Session } from "../connection/session.ts";
import type { Core } from "../core.ts";
import { RequestError } from "./request-error.ts";

/** What is to be done, and to what. */
export type Intent =
  | { readonly operation: ChannelOperation; readonly channel: Pick<ChannelAddress, "name" | "params"> }
  | { readonly operation: "call"; readonly command: { readonly name: string; readonly input: Json } };

/**
 * Asks whether the identity in force may do this now (R43). Answers in the same turn where `authorize` does.
 *
 * @throws RequestError `forbidden`, also as a rejection.
 */
export function permit(
  core: Core,
  connection: Connection,
  session: Session,
  intent: Intent,
): Promise<void> | undefined {
  const request = { ...intent, identity: session.identity, signal: connection.signal } as AuthorizeRequest<
    Core["contract"]
  >;
  const decision = decide(core.authorize, request);
  if (decision instanceof Promise) return decision.then((late) => enforce(core, connection, session, intent, late));
  enforce(core, connection, session, intent, decision);
  return undefined;
}

function enforce(core: Core, connection: Connection, session: Session, intent: Intent, decision: Decision): void {
  if (decision.allowed) return;
  const target = intent.operation === "call" ? intent.command.name : intent.channel.name;
  const { operation } = intent;
  const { reason, cause } = decision;
  if (cause !== undefined)
    core.observe({ event: "failure", where: "authorize", connection: connection.id, error: cause });
  core.observe({ event: "denied", connection: connection.id, user: session.user, operation, target, reason });
  throw new RequestError("forbidden", `${operation} on ${target} is not allowed`);
}

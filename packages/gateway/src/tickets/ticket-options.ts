import type { Identity } from "../auth/identity.ts";
import { GatewayError } from "../gateway-error.ts";

/** Lets pages of an application with sessions of its own, such as cookies, connect by a ticket (R41). */
export interface TicketOptions {
  /**
   * Whose session a request belongs to, by the application's own check of its cookie; undefined when it has none. The
   * connection lives as long as the identity's `expiresAt`. A throw refuses the ticket (503).
   */
  readonly session: (request: Request) => Identity | undefined | Promise<Identity | undefined>;
  /** Where `POST` asks for a ticket; `/ws/ticket` when left out. */
  readonly path?: string;
}

/** @throws GatewayError `invalid-options` */
export function checkTicketOptions({ session, path = "/ws/ticket" }: TicketOptions): Required<TicketOptions> {
  if (typeof session !== "function") {
    throw new GatewayError("invalid-options", "tickets.session: expected a function from a request to an identity");
  }
  if (!/^\/[\w./~-]*$/.test(path)) {
    throw new GatewayError("invalid-options", `tickets.path: expected a path, got ${JSON.stringify(path)}`);
  }
  return { session, path };
}

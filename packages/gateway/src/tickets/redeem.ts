import type { Connection } from "../connection/connection.ts";
import type { VerifyResult } from "../connection/verify-credential.ts";
import type { Core } from "../core.ts";
import type { Tickets } from "./tickets.ts";

/**
 * Takes the ticket of a `connect`, once, from the origin it was issued to (WP-TICKET-2). What has been revoked is known
 * here: this process has read it before it issued the ticket.
 */
export function redeemTicket(core: Core, tickets: Tickets, connection: Connection, ticket: string): VerifyResult {
  const { address, origin } = connection.admission;
  const redeemed = tickets.store.redeem(ticket, origin);
  if (!redeemed.ok) {
    const { ok: _, ...why } = redeemed;
    core.budgets.authenticationFailed(address);
    core.observe({ event: "ticket-refused", address, connection: connection.id, ...why });
    return { ok: false, code: "token-invalid", detail: redeemed.reason };
  }
  const { identity } = redeemed;
  if (identity.expiresAt > core.clock.now()) {
    return { ok: true, identity, credential: core.credentialId(identity, { kind: "ticket", ticket }) };
  }
  return { ok: false, code: "token-expired", detail: "the session has expired" };
}

import type { Credential } from "../auth/identity.ts";
import type { PresentedProof } from "../auth/token-binding.ts";
import type { Connection } from "../connection/connection.ts";
import { checkBinding, reportRefusal, type VerifyResult } from "../connection/verify-credential.ts";
import type { Core } from "../core.ts";
import type { Tickets } from "./tickets.ts";

/**
 * Takes the ticket of a `connect`, once, from the origin it was issued to (WP-TICKET-2). What has been revoked is known
 * here: this process has read it before it issued the ticket. Used up whatever comes of it.
 *
 * @param presented what came with the ticket; no proof holds for one (AU-2).
 */
export async function redeemTicket(
  core: Core,
  tickets: Tickets,
  connection: Connection,
  ticket: string,
  presented: PresentedProof,
): Promise<VerifyResult> {
  const { address, origin } = connection.admission;
  const redeemed = tickets.store.redeem(ticket, origin);
  if (!redeemed.ok) {
    const { ok: _, ...why } = redeemed;
    core.budgets.authenticationFailed(address);
    core.observe({ event: "ticket-refused", address, connection: connection.id, ...why });
    return { ok: false, code: "token-invalid", detail: redeemed.reason };
  }
  const { identity } = redeemed;
  if (identity.expiresAt <= core.clock.now()) {
    return { ok: false, code: "token-expired", detail: "the session has expired" };
  }
  const credential: Credential = { kind: "ticket", ticket };
  const result = await checkBinding(core, identity, credential, presented);
  if (!result.ok) return reportRefusal(core, result, address);
  return { ...result, credential: core.credentialId(identity, credential) };
}

import type { RenewFrame } from "@wardwire/wire/frames";
import type { Identity } from "../auth/identity.ts";
import type { Connection } from "../connection/connection.ts";
import type { Session } from "../connection/session.ts";
import { verifyCredential } from "../connection/verify-credential.ts";
import type { Core } from "../core.ts";
import { review } from "../revocation/reauthorize.ts";
import { usesRevoked } from "../revocation/uses-revoked.ts";
import { RequestError } from "./request-error.ts";

/**
 * Puts a newer token of the same user and device in force, for the channels joined already too; anything else leaves the
 * old one as it is (R39).
 */
export async function onRenew(core: Core, connection: Connection, session: Session, frame: RenewFrame): Promise<void> {
  const context = { signal: connection.signal, remoteAddress: connection.admission.address };
  const result = await verifyCredential(core, { kind: "token", token: frame.token }, context);
  if (connection.isClosed) return;
  if (!result.ok) throw new RequestError(result.code, "the new token was refused; the one in force goes on");
  if (usesRevoked(core, result.identity, context.remoteAddress, session.device)) {
    throw new RequestError("token-invalid", "the new token has been revoked; the one in force goes on");
  }
  const fault = mismatch(session, result.identity);
  if (fault !== undefined) throw new RequestError("token-invalid", fault);
  connection.renewed(result.identity);
  await review(core, connection, session);
  connection.reply({ type: "renewed", id: frame.id, expiresAt: result.identity.expiresAt });
}

function mismatch(session: Session, renewed: Identity): string | undefined {
  if (renewed.userId !== session.user) return "expected a token of the same user; reconnect to change user";
  if (renewed.deviceId !== undefined && renewed.deviceId !== session.device)
    return "expected a token of the same device";
  if (renewed.expiresAt < session.identity.expiresAt)
    return "expected a token that expires later than the one in force";
  return undefined;
}

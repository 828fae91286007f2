import { toBase64url } from "@wardwire/crypto/base64url";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import type { RenewFrame } from "@wardwire/wire/frames";
import type { Credential, Identity } from "../auth/identity.ts";
import { keepsDeviceKey, newRenewalNonce } from "../auth/token-binding.ts";
import type { Connection } from "../connection/connection.ts";
import type { Session } from "../connection/session.ts";
import { type VerifyResult, verifyCredential } from "../connection/verify-credential.ts";
import type { Core } from "../core.ts";
import { review } from "../revocation/reauthorize.ts";
import { usesRevoked } from "../revocation/uses-revoked.ts";
import { RequestError } from "./request-error.ts";

/**
 * Puts a newer token of the same user and device in force, for the channels joined already too; anything else leaves the
 * old one as it is (R39). On a sealed connection the token is held against its device key, by a proof over the nonce given
 * last and the exporter in force; a bound connection stays bound to its key (AU-4).
 */
export async function onRenew(core: Core, connection: Connection, session: Session, frame: RenewFrame): Promise<void> {
  const result = await verify(core, connection, session, frame);
  if (connection.isClosed) return;
  if (!result.ok) throw new RequestError(result.code, "the new token was refused; the one in force goes on");
  if (usesRevoked(core, result.identity, connection.admission.address, session.device)) {
    throw new RequestError("token-invalid", "the new token has been revoked; the one in force goes on");
  }
  const fault = mismatch(session, result.identity);
  if (fault !== undefined) throw new RequestError("token-invalid", fault);
  connection.renewed(result.identity);
  if (session.renewalNonce !== undefined) session.renewalNonce = newRenewalNonce();
  await review(core, connection, session);
  connection.reply({
    type: "renewed",
    id: frame.id,
    expiresAt: result.identity.expiresAt,
    ...(session.renewalNonce === undefined ? {} : { renewalNonce: toBase64url(session.renewalNonce) }),
  });
}

async function verify(
  core: Core,
  connection: Connection,
  { renewalNonce: nonce }: Session,
  { token, proof }: RenewFrame,
): Promise<VerifyResult> {
  const { address, sealed } = connection.admission;
  const credential: Credential = { kind: "token", token };
  const context = { signal: connection.signal, remoteAddress: address };
  if (sealed === undefined || nonce === undefined) return verifyCredential(core, credential, context);
  // A copy: while the token is checked a fresh handshake may put another in force, and erase this one.
  const exporter = sealed.exporter.use((bytes) => SecretBytes.copyOf(bytes));
  try {
    const binding = { role: "renewal", exporter, nonce } as const;
    return await verifyCredential(core, credential, context, { proof, binding });
  } finally {
    exporter.dispose();
  }
}

function mismatch(session: Session, renewed: Identity): string | undefined {
  if (renewed.userId !== session.user) return "expected a token of the same user; reconnect to change user";
  if (renewed.deviceId !== undefined && renewed.deviceId !== session.device)
    return "expected a token of the same device";
  if (!keepsDeviceKey(session.identity, renewed)) return "expected a token bound to the same device key";
  if (renewed.expiresAt < session.identity.expiresAt)
    return "expected a token that expires later than the one in force";
  return undefined;
}

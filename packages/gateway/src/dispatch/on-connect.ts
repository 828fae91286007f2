import { toBase64url } from "@wardwire/crypto/base64url";
import type { CloseReason } from "@wardwire/wire/close-codes";
import type { ConnectedFrame, ConnectFrame } from "@wardwire/wire/frames";
import type { Credential, NotAuthenticated } from "../auth/identity.ts";
import { newRenewalNonce, noProof, type PresentedProof } from "../auth/token-binding.ts";
import type { Connection } from "../connection/connection.ts";
import { beginSession, type Session } from "../connection/session.ts";
import { reportRefusal, type Verified, type VerifyResult, verifyCredential } from "../connection/verify-credential.ts";
import type { Core } from "../core.ts";
import { usesRevoked } from "../revocation/uses-revoked.ts";
import { redeemTicket } from "../tickets/redeem.ts";
import { RequestError } from "./request-error.ts";

/** The device of a connection where neither token nor `connect` names one. */
const unnamedDevice = "default";

const closeByCode = {
  "token-expired": "tokenExpired",
  "token-invalid": "tokenInvalid",
  unavailable: "overloaded",
} as const satisfies Record<NotAuthenticated["code"], CloseReason>;

/** Authenticates a connection, by the credential of its handshake or the one in the frame. */
export async function onConnect(core: Core, connection: Connection, frame: ConnectFrame): Promise<void> {
  const verified = await identify(core, connection, frame);
  if (verified === undefined || connection.isClosed) return;
  const { identity, credential } = verified;
  if (identity.deviceId !== undefined && frame.device !== undefined && identity.deviceId !== frame.device) {
    refuseDevice(core, connection, frame);
    return;
  }
  const device = identity.deviceId ?? frame.device ?? unnamedDevice;
  if (usesRevoked(core, identity, connection.admission.address, device)) {
    connection.refuse(frame.id, new RequestError("token-invalid", "the credential has been revoked"));
    connection.close("revoked", "revoked");
    return;
  }
  if (core.connections.ofUser(identity.userId).size >= core.limits.maxConnectionsPerUser) {
    const text = `at most ${core.limits.maxConnectionsPerUser} connections a user; close another first`;
    connection.refuse(frame.id, new RequestError("rate-limited", text));
    connection.close("rateLimited", "too many connections of this user");
    return;
  }
  const renewalNonce = connection.admission.sealed === undefined ? undefined : newRenewalNonce();
  const session = beginSession(identity, device, renewalNonce);
  connection.authenticated(session);
  connection.reply(connected(core, connection, frame.id, session));
  const { user } = session;
  const { address, origin } = connection.admission;
  const from = { address, ...(origin === undefined ? {} : { origin }) };
  core.observe({ event: "connected", connection: connection.id, user, device, ...from, credential });
}

/** Whoever shows a token on another device may have stolen it, or be guessing where it is good (R45). */
function refuseDevice(core: Core, connection: Connection, frame: ConnectFrame): void {
  const { address } = connection.admission;
  const detail = "the token is for another device";
  const { code } = reportRefusal(core, { ok: false, code: "token-invalid", detail }, address);
  turnAway(connection, frame, code, detail);
}

async function identify(core: Core, connection: Connection, frame: ConnectFrame): Promise<Verified | undefined> {
  const { verified: admitted, address } = connection.admission;
  const credential = credentialOf(frame);
  if (admitted !== undefined) {
    if (credential === undefined) return admitted;
    connection.close("badFrame", "expected one credential, got one in the handshake and one in connect");
    return undefined;
  }
  if (credential === undefined) {
    turnAway(connection, frame, "token-invalid", "connect needs a token or a ticket");
    return undefined;
  }
  if (core.budgets.authentication(address) > 0) {
    turnAway(connection, frame, "unavailable", "too many failed attempts from this address; try again later");
    return undefined;
  }
  const result = await verify(core, connection, credential, presentedBy(connection, frame));
  if (result.ok) return result;
  turnAway(connection, frame, result.code, publicReason[result.code]);
  return undefined;
}

function verify(
  core: Core,
  connection: Connection,
  credential: Credential,
  presented: PresentedProof,
): Promise<VerifyResult> {
  if (credential.kind === "ticket" && core.tickets !== undefined) {
    return redeemTicket(core, core.tickets, connection, credential.ticket, presented);
  }
  const context = { signal: connection.signal, remoteAddress: connection.admission.address };
  return verifyCredential(core, credential, context, presented);
}

/** The proof of AUTH signs the handshake of its socket; outside sealed connections there is nothing to prove (AU-2). */
function presentedBy({ admission: { sealed } }: Connection, { proof }: ConnectFrame): PresentedProof {
  return sealed === undefined ? noProof : { proof, binding: { role: "auth", transcriptHash: sealed.transcriptHash } };
}

/** What the peer is told; the detail is for the log (R45). */
const publicReason = {
  "token-expired": "the token has expired; get a fresh one",
  "token-invalid": "the token is not valid here",
  unavailable: "the token cannot be checked just now; try again",
} as const satisfies Record<NotAuthenticated["code"], string>;

function credentialOf({ token, ticket }: ConnectFrame): Credential | undefined {
  if (token !== undefined) return { kind: "token", token };
  if (ticket !== undefined) return { kind: "ticket", ticket };
  return undefined;
}

function turnAway(connection: Connection, frame: ConnectFrame, code: NotAuthenticated["code"], text: string): void {
  connection.refuse(frame.id, new RequestError(code, text));
  connection.close(closeByCode[code], text);
}

function connected(core: Core, connection: Connection, id: number, session: Session): ConnectedFrame {
  const { maxMessageBytes, maxFrames, maxJoins, messagesPerSecond, heartbeatMs } = core.limits;
  return {
    type: "connected",
    id,
    connection: connection.id,
    user: session.user,
    device: session.device,
    expiresAt: session.identity.expiresAt,
    heartbeatMs,
    limits: { maxMessageBytes, maxFrames, maxJoins, messagesPerSecond },
    ...(session.renewalNonce === undefined ? {} : { renewalNonce: toBase64url(session.renewalNonce) }),
  };
}

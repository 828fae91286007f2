import type { CloseReason } from "@wardwire/wire/close-codes";
import { closeByWireError } from "@wardwire/wire/wire-error";
import type { GatewayEvent } from "../observe/events.ts";
import type { TicketRefusal } from "../tickets/ticket-store.ts";

/**
 * Names of the OWASP Logging Vocabulary that a gateway has use for (R52), and three of our own for what it has no word for:
 * `session_closed`, `security_signal` and `sys_failure`.
 */
export type SecurityEventName =
  | "authn_login_success"
  | "authn_login_fail"
  | "authn_login_lock"
  | "authn_token_created"
  | "authn_token_revoked"
  | "authn_token_reuse"
  | "authz_fail"
  | "authz_change"
  | "authz_admin"
  | "crypt_decrypt_fail"
  | "excess_rate_limit_exceeded"
  | "input_validation_fail"
  | "malicious_cors"
  | "malicious_extraneous"
  | "malicious_attack_tool"
  | "session_created"
  | "session_renewed"
  | "session_expired"
  | "session_use_after_expire"
  | "session_closed"
  | "security_signal"
  | "sys_startup"
  | "sys_shutdown"
  | "sys_restart"
  | "sys_crash"
  | "sys_failure";

/** How grave it is, in the vocabulary's three levels. */
export type SecurityLevel = "info" | "warn" | "critical";

/** Who, where and what; never a token, a payload or a key. Absent and undefined are the same. */
export type SecurityFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** One event for the audit log; the log adds when. */
export interface SecurityEvent {
  readonly event: SecurityEventName;
  readonly level: SecurityLevel;
  readonly fields: SecurityFields;
}

/**
 * What an event of the gateway means for security; undefined for one that means nothing, or that another event has told
 * already. Only fields named here are taken over, so that a field added to an event later reaches no audit log by itself.
 */
export function securityEvent(event: GatewayEvent): SecurityEvent | undefined {
  switch (event.event) {
    case "listening":
      return { event: "sys_startup", level: "warn", fields: { listening: addressList(event.addresses) } };
    case "stopping":
      return { event: "sys_shutdown", level: "warn", fields: {} };
    case "upgrade-refused":
      return upgradeRefused(event);
    case "authentication-failed":
      return authenticationFailed(event);
    case "connected": {
      const { user, device, connection, address, origin } = event;
      return { event: "authn_login_success", level: "info", fields: { user, device, connection, address, origin } };
    }
    case "disconnected": {
      const { connection, user, address, code, by } = event;
      return { ...closing(by), fields: { connection, user, address, code, by: by ?? "client" } };
    }
    case "denied": {
      const { connection, user, operation, target, reason } = event;
      return { event: "authz_fail", level: "critical", fields: { connection, user, operation, target, reason } };
    }
    case "rate-limited": {
      const { budget, address, connection, user, dryRun } = event;
      const fields = { budget, address, connection, user, dryRun };
      return { event: "excess_rate_limit_exceeded", level: "warn", fields };
    }
    case "revoked": {
      // Under the claim's name: a field whose name says "token" would be redacted.
      const { tokenId: jti, session, user, device, issuedBefore, closed } = event;
      return {
        event: "authn_token_revoked",
        level: "info",
        fields: { jti, session, user, device, issuedBefore, closed },
      };
    }
    case "revoked-token-used":
      return { event: "authn_token_reuse", level: "critical", fields: { user: event.user, address: event.address } };
    case "ticket-refused":
      return ticketRefused(event);
    case "addresses-changed":
      return { event: "authz_change", level: "warn", fields: { what: "addresses", closed: event.closed } };
    case "crash":
      return { event: "sys_crash", level: "critical", fields: { error: errorName(event.error) } };
    case "failure": {
      // The error's own words stay in the ordinary log: nobody knows what an application writes into them.
      const { where, connection, error } = event;
      return { event: "sys_failure", level: "warn", fields: { where, connection, error: errorName(error) } };
    }
    case "signal": {
      const { signal, count, threshold, windowMs, subject, per } = event;
      const fields = { signal, count, threshold, windowMs, subject, per };
      return { event: "security_signal", level: "critical", fields };
    }
    case "webhook-failed": {
      const { target, signal, reason, attempts } = event;
      return { event: "sys_failure", level: "warn", fields: { where: "webhook", target, signal, reason, attempts } };
    }
    case "decode-error": {
      // Where the connection is closed for it, `disconnected` says so.
      if (Object.hasOwn(closeByWireError, event.code)) return undefined;
      const { code, connection, address, user } = event;
      return { event: "input_validation_fail", level: "warn", fields: { code, connection, address, user } };
    }
    case "sealed-failed":
      // `disconnected` says that it failed; of what kind, and who was there, stands in the ordinary log.
      return undefined;
    case "sealed":
    case "rekeyed":
    case "server-keys":
    case "peer-problem":
      return undefined;
  }
  event satisfies never;
  return undefined;
}

function addressList(addresses: readonly { readonly address: string; readonly port: number }[]): string {
  return addresses
    .map(({ address, port }) => (address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`))
    .join();
}

type UpgradeRefused = GatewayEvent & { readonly event: "upgrade-refused" };

function upgradeRefused({ status, cause, reason, address, origin }: UpgradeRefused): SecurityEvent | undefined {
  const fields = { status, cause, reason, address, origin };
  if (cause === "origin") return { event: "malicious_cors", level: "critical", fields };
  if (status === 429 || status === 503) return { event: "excess_rate_limit_exceeded", level: "warn", fields };
  // Its `authentication-failed` has been recorded.
  return status === 401 ? undefined : { event: "input_validation_fail", level: "warn", fields };
}

type TicketRefused = GatewayEvent & { readonly event: "ticket-refused" };

/** What a ticket that is not taken means: one that was good before, or elsewhere, has left the page it was made for. */
const refusedTickets: Readonly<Record<TicketRefusal, Pick<SecurityEvent, "event" | "level">>> = {
  unknown: { event: "authn_login_fail", level: "warn" },
  expired: { event: "authn_login_fail", level: "warn" },
  "used-before": { event: "authn_token_reuse", level: "critical" },
  "other-origin": { event: "authn_token_reuse", level: "critical" },
};

function ticketRefused(event: TicketRefused): SecurityEvent {
  const { reason, address } = event;
  if (event.connection === undefined) {
    return { event: "authn_login_fail", level: "warn", fields: { reason, address, status: event.status } };
  }
  const { connection, user } = event;
  return { ...refusedTickets[event.reason], fields: { reason, address, connection, user } };
}

type AuthenticationFailed = GatewayEvent & { readonly event: "authentication-failed" };

function authenticationFailed({ code, detail, address }: AuthenticationFailed): SecurityEvent {
  const event = code === "token-expired" ? "session_use_after_expire" : "authn_login_fail";
  return { event, level: "warn", fields: { code, detail, address } };
}

/** What the reason of a close says about the session; everything not named here is an ordinary end. */
function closing(by: CloseReason | undefined): Pick<SecurityEvent, "event" | "level"> {
  switch (by) {
    case "tokenExpired":
      return { event: "session_expired", level: "info" };
    case "protocolError":
    case "unsupportedData":
    case "invalidPayload":
    case "tooBig":
    case "badFrame":
      return { event: "input_validation_fail", level: "warn" };
    case "errorBudgetSpent":
      return { event: "excess_rate_limit_exceeded", level: "warn" };
    case "sealedSessionFailed":
      return { event: "crypt_decrypt_fail", level: "warn" };
    default:
      return { event: "session_closed", level: "info" };
  }
}

function errorName(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return "code" in error && typeof error.code === "string" ? `${error.name} ${error.code}` : error.name;
}

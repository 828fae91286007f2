import { addressKey } from "../limits/address-key.ts";
import type { GatewayEvent } from "../observe/events.ts";
import type { SignalEvent, SignalName, SignalThresholds } from "./signal.ts";

/** One thing that is counted. It is a signal from its threshold on. */
export interface SpikeRule {
  readonly signal: SignalName;
  readonly threshold: keyof SignalThresholds;
  /** Left out: counted for the whole gateway. */
  readonly per?: NonNullable<SignalEvent["per"]>;
  /** On whose account an event counts; undefined where it does not count. */
  readonly subject: (event: GatewayEvent) => string | undefined;
}

/**
 * Everything that is counted. What can come from one place is counted by place, so that the operator knows whom to shut
 * out, and in total, since an attacker may come from many.
 */
export const spikeRules: readonly SpikeRule[] = [
  { signal: "refused-origins", threshold: "refusedOrigins", per: "origin", subject: refusedOrigin },
  { signal: "refused-origins", threshold: "refusedOriginsTotal", subject: refusedPage },
  { signal: "failed-authentications", threshold: "failedAuthentications", per: "address", subject: failedAt },
  { signal: "failed-authentications", threshold: "failedAuthenticationsTotal", subject: failedAt },
  { signal: "decode-errors", threshold: "decodeErrors", per: "address", subject: undecodableFrom },
  { signal: "decode-errors", threshold: "decodeErrorsTotal", subject: undecodable },
  { signal: "budget-trips", threshold: "budgetTrips", per: "address", subject: overBudgetAt },
  { signal: "budget-trips", threshold: "budgetTripsTotal", subject: overBudgetAt },
  { signal: "revoked-token-used", threshold: "revokedTokenUses", per: "user", subject: revokedUser },
  { signal: "slow-consumers", threshold: "slowConsumers", subject: slowConsumer },
];

function refusedOrigin(event: GatewayEvent): string | undefined {
  return event.event === "upgrade-refused" && event.cause === "origin" ? event.origin : undefined;
}

/** Where tickets are issued only pages ask, and 403 is for those of another origin or site. */
function refusedPage(event: GatewayEvent): string | undefined {
  return event.event === "ticket-refused" && event.status === 403 ? event.address : refusedOrigin(event);
}

function failedAt(event: GatewayEvent): string | undefined {
  if (event.event === "authentication-failed" && event.code === "token-invalid") return addressKey(event.address);
  // A page that asks for a ticket before its user has signed in has shown nothing.
  const isTicket = event.event === "ticket-refused" && event.connection !== undefined;
  return isTicket ? addressKey(event.address) : undefined;
}

function undecodableFrom(event: GatewayEvent): string | undefined {
  return event.event === "decode-error" ? addressKey(event.address) : undefined;
}

/** Below frames the host reads; behind a proxy it knows the proxy's address only, so that these count in total. */
function undecodable(event: GatewayEvent): string | undefined {
  const isHost = event.event === "peer-problem" && event.code?.startsWith("WS_ERR_") === true;
  return isHost ? event.what : undecodableFrom(event);
}

function overBudgetAt(event: GatewayEvent): string | undefined {
  if (event.event === "rate-limited" && event.dryRun !== true) return addressKey(event.address);
  return event.event === "upgrade-refused" && event.cause === "no-room" ? addressKey(event.address) : undefined;
}

function revokedUser(event: GatewayEvent): string | undefined {
  return event.event === "revoked-token-used" ? event.user : undefined;
}

/** 1013 is also the answer to a credential that cannot be checked just now, before there is a user. */
function slowConsumer(event: GatewayEvent): string | undefined {
  return event.event === "disconnected" && event.by === "overloaded" ? event.user : undefined;
}

/** What a client does after a close: never again, again with back-off, or again once it has a fresh token. */
export type ReconnectAdvice = "never" | "backoff" | "after-refresh";

/** One row of the close-code table. */
export interface CloseCodeRow {
  readonly code: number;
  readonly meaning: string;
  readonly reconnect: ReconnectAdvice;
}

/**
 * Every close code a wardwire gateway sends or a client meets, by name (WP-CLOSE-1).
 * Both ends read this one table: the gateway to close, the client to decide whether to come back.
 * Codes below 4000 are those of RFC 6455 §7.4.1 and the IANA registry; 4400 and up are ours.
 */
export const closeCodes = {
  normal: { code: 1000, meaning: "closed as asked", reconnect: "never" },
  goingAway: { code: 1001, meaning: "the gateway is going away", reconnect: "backoff" },
  protocolError: { code: 1002, meaning: "WebSocket protocol error", reconnect: "never" },
  unsupportedData: { code: 1003, meaning: "a kind of message this endpoint does not take", reconnect: "never" },
  invalidPayload: { code: 1007, meaning: "not UTF-8, not JSON or not CBOR", reconnect: "never" },
  tooBig: { code: 1009, meaning: "message too big", reconnect: "never" },
  internalError: { code: 1011, meaning: "the gateway failed here", reconnect: "backoff" },
  restarting: { code: 1012, meaning: "the gateway is restarting", reconnect: "backoff" },
  overloaded: { code: 1013, meaning: "overloaded, or this consumer is too slow", reconnect: "backoff" },
  badFrame: { code: 4400, meaning: "well-formed but against the wardwire protocol", reconnect: "never" },
  tokenExpired: { code: 4401, meaning: "the token has expired", reconnect: "after-refresh" },
  tokenInvalid: { code: 4402, meaning: "the token or proof is not valid", reconnect: "never" },
  revoked: { code: 4403, meaning: "revoked or no longer allowed", reconnect: "never" },
  authenticationTimeout: { code: 4408, meaning: "did not authenticate in time", reconnect: "after-refresh" },
  heartbeatLost: { code: 4409, meaning: "no sign of life in time", reconnect: "backoff" },
  errorBudgetSpent: { code: 4413, meaning: "too many errors", reconnect: "never" },
  rateLimited: { code: 4429, meaning: "rate limit exceeded", reconnect: "backoff" },
  sealedSessionFailed: { code: 4470, meaning: "the sealed session failed", reconnect: "backoff" },
  clockOrBundle: { code: 4471, meaning: "clock too far off, or key bundle unusable", reconnect: "after-refresh" },
} as const;

/** The name of a row of {@link closeCodes}. */
export type CloseReason = keyof typeof closeCodes;

const rows: readonly CloseCodeRow[] = Object.values(closeCodes);
const adviceByCode: ReadonlyMap<number, ReconnectAdvice> = new Map(rows.map((row) => [row.code, row.reconnect]));

/**
 * What to do after a close with this code. Codes that are not in the table, 1005 and 1006 among them (no close frame
 * arrived), mean a connection that broke: `backoff`.
 */
export function reconnectAdvice(code: number): ReconnectAdvice {
  return adviceByCode.get(code) ?? "backoff";
}

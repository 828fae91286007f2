/** What a client does after a close: never again, again with back-off, or again once it has a fresh token. */
export type ReconnectAdvice = "never" | "backoff" | "after-refresh";

/** One row of the close-code table. */
export interface CloseCodeRow {
  readonly code: number;
  readonly reconnect: ReconnectAdvice;
}

/**
 * Every close code a wardwire gateway sends or a client meets, by name (WP-CLOSE-1).
 * Both ends read this one table: the gateway to close, the client to decide whether to come back.
 * Codes below 4000 are those of RFC 6455 §7.4.1 and the IANA registry; 4400 and up are ours.
 */
export const closeCodes = {
  normal: { code: 1000, reconnect: "never" },
  goingAway: { code: 1001, reconnect: "backoff" },
  protocolError: { code: 1002, reconnect: "never" },
  unsupportedData: { code: 1003, reconnect: "never" },
  invalidPayload: { code: 1007, reconnect: "never" },
  tooBig: { code: 1009, reconnect: "never" },
  internalError: { code: 1011, reconnect: "backoff" },
  restarting: { code: 1012, reconnect: "backoff" },
  overloaded: { code: 1013, reconnect: "backoff" },
  badFrame: { code: 4400, reconnect: "never" },
  tokenExpired: { code: 4401, reconnect: "after-refresh" },
  tokenInvalid: { code: 4402, reconnect: "never" },
  revoked: { code: 4403, reconnect: "never" },
  authenticationTimeout: { code: 4408, reconnect: "after-refresh" },
  heartbeatLost: { code: 4409, reconnect: "backoff" },
  errorBudgetSpent: { code: 4413, reconnect: "never" },
  rateLimited: { code: 4429, reconnect: "backoff" },
  sealedSessionFailed: { code: 4470, reconnect: "backoff" },
  clockOrBundle: { code: 4471, reconnect: "after-refresh" },
} as const;

/** The name of a row of {@link closeCodes}. */
export type CloseReason = keyof typeof closeCodes;

/**
 * What each row of {@link closeCodes} means, in words for people. Apart from the table, so that a page that shows no
 * such words does not carry them.
 */
export const closeMeanings: Readonly<Record<CloseReason, string>> = {
  normal: "closed as asked",
  goingAway: "the gateway is going away",
  protocolError: "WebSocket protocol error",
  unsupportedData: "a kind of message this endpoint does not take",
  invalidPayload: "not UTF-8, not JSON or not CBOR",
  tooBig: "message too big",
  internalError: "the gateway failed here",
  restarting: "the gateway is restarting",
  overloaded: "overloaded, or this consumer is too slow",
  badFrame: "well-formed but against the wardwire protocol",
  tokenExpired: "the token has expired",
  tokenInvalid: "the token or proof is not valid",
  revoked: "revoked or no longer allowed",
  authenticationTimeout: "did not authenticate in time",
  heartbeatLost: "no sign of life in time",
  errorBudgetSpent: "too many errors",
  rateLimited: "rate limit exceeded",
  sealedSessionFailed: "the sealed session failed",
  clockOrBundle: "clock too far off, or key bundle unusable",
};

/**
 * What to do after a close with this code. Codes that are not in the table, 1005 and 1006 among them (no close frame
 * arrived), mean a connection that broke: `backoff`.
 */
export function reconnectAdvice(code: number): ReconnectAdvice {
  const rows: readonly CloseCodeRow[] = Object.values(closeCodes);
  return rows.find((row) => row.code === code)?.reconnect ?? "backoff";
}

/**
 * Every `code` an `error` frame can carry, with what it means for the person who meets it (WP-ERR-1).
 * `docs/errors.md` lists the same codes; a test holds the two against each other.
 */
export const errorCodes = {
  "unknown-type": "the frame's type is not one this protocol has",
  "invalid-frame": "a field of the frame is missing, of the wrong type or out of range",
  "token-expired": "the token's exp has passed",
  "token-invalid": "the token is not one this gateway accepts",
  forbidden: "the identity may not do this",
  "unknown-channel": "the contract has no such channel",
  "unknown-command": "the contract has no such command",
  "invalid-data": "the data does not fit the contract; path says where",
  "too-large": "a value is larger than a limit allows",
  "rate-limited": "too many requests; retryAfterMs says when to try again",
  "not-joined": "the channel has not been joined on this connection",
  "already-joined": "the channel is already joined on this connection",
  "too-many-joins": "this connection has joined as many channels as it may",
  "protection-required": "the channel needs a sealed connection",
  "not-supported": "this gateway or this channel does not offer the operation",
  unavailable: "the engine behind the gateway did not answer; try again",
  internal: "the gateway failed at this request; the connection goes on",
} as const;

/** The `code` of an `error` frame. */
export type ErrorCode = keyof typeof errorCodes;

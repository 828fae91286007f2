import type { ErrorCode } from "@wardwire/wire/error-codes";

/** Every `code` the client itself gives an error, with what it means; `docs/errors.md` lists the same (WP-ERR-1). */
export const clientErrorCodes = {
  "invalid-url": "the URL is not an absolute ws: or wss: URL, or carries user information, a query or a fragment",
  "insecure-url": "ws:// is for loopback addresses only; use wss://",
  "invalid-server-key": "serverKey is not one pin or two: sha256: and 43 characters of Base64url each",
  "invalid-device-key": "deviceKey.privateKey cannot sign by Ed25519, or ECDSA with P-256",
  "invalid-token": "the token is empty, longer than 8 KiB or has characters other than visible ASCII",
  "token-unavailable": "token() failed or did not answer in time",
  "token-refused": "the gateway does not accept the token",
  "certificate-refused": "the gateway's certificate did not verify",
  "handshake-refused": "the endpoint answered the WebSocket handshake with an HTTP status",
  unreachable: "no connection could be made",
  "connect-timeout": "the gateway did not finish the connection in time",
  "connection-lost": "the connection broke",
  "heartbeat-lost": "the gateway was silent for twice the heartbeat time",
  "closed-by-gateway": "the gateway closed the connection; closeCode says why",
  "protocol-violation": "the gateway sent what the protocol does not allow",
  "protection-required": "the channel, or this client, asks for more protection than there is",
  "key-bundle": "the gateway's key bundle must not be used, or could not be checked",
  clock: "the clock of this device, or of the gateway, is too far off for the gateway's keys",
  "session-failed": "the sealed handshake or session failed; never says why",
  truncated: "the sealed session was cut off without its authenticated end; what the close code says is not believed",
  "not-connected": "there is no connection now; the request was not sent",
  disconnected: "the connection was lost before the reply; whether the request took effect is unknown",
  timeout: "no reply came in time; whether the request took effect is unknown",
  "outcome-unknown": "the message was sent, but not acknowledged in time; whether it was published is unknown",
  "too-many-pending": "too many requests are waiting for a reply; the request was not sent",
  "send-buffer-full": "too many bytes are waiting to be sent; the request was not sent",
  "too-large": "the request is larger than the gateway takes; it was not sent",
  "invalid-data": "the value does not fit the contract; path says where",
  "unknown-channel": "the contract has no such channel",
  "unknown-command": "the contract has no such command",
  left: "the channel has been left",
  overflow: "messages came faster than they were read, and some were dropped",
  "already-reading": "somebody else is reading these messages; there is one reader at a time",
  "logged-out": "the client was logged out",
  closed: "the client was closed",
} as const;

/** A `code` of {@link clientErrorCodes}. */
export type ClientErrorCode = keyof typeof clientErrorCodes;

/** What may be gone when it is tried again. */
export const temporaryCodes: readonly string[] = [
  "rate-limited",
  "unavailable",
  "internal",
  "timeout",
  "too-many-pending",
  "send-buffer-full",
];

/** The error of a request while there is no connection. */
export function notConnected(what: string): ClientError {
  return new ClientError("not-connected", `${what}: there is no connection`);
}

/** The error of a request in a channel that is over. */
export function left(name: string): ClientError {
  return new ClientError("left", `${name}: left; join it again`);
}

/** The error of a request while as many as may wait do. */
export function tooManyPending(maxPending: number): ClientError {
  return new ClientError("too-many-pending", `${maxPending} requests wait for a reply already; wait for some`);
}

/** What an error carries besides code and message. */
export interface ClientErrorDetails {
  /** `gateway` for an error frame of the gateway, whose code is then one of the protocol's; `client` otherwise. */
  readonly origin?: "client" | "gateway";
  /** Where in the value the error lies: keys and indexes. */
  readonly path?: readonly (string | number)[] | undefined;
  /** How long the gateway asks to wait. */
  readonly retryAfterMs?: number | undefined;
  /** The WebSocket close code, when a close is the cause. */
  readonly closeCode?: number | undefined;
  /** The HTTP status, when the handshake was answered with one. */
  readonly httpStatus?: number | undefined;
  readonly cause?: unknown;
}

/**
 * Everything the client throws, rejects with or gives as a reason. Look at `code`: one of {@link clientErrorCodes}, or
 * the word an error frame of the gateway carried, which may be the application's own.
 */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: ClientErrorCode | ErrorCode | (string & {});
  readonly origin: "client" | "gateway" = "client";
  declare readonly path: readonly (string | number)[] | undefined;
  declare readonly retryAfterMs: number | undefined;
  declare readonly closeCode: number | undefined;
  declare readonly httpStatus: number | undefined;

  constructor(code: ClientError["code"], message: string, { cause, ...details }: ClientErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, details);
  }
}

/** The words of an error, to follow a sentence; nothing when there are none. */
export function suffixOf(cause: unknown): string {
  return cause instanceof Error ? `: ${cause.message}` : "";
}

import { closeCodes, type ReconnectAdvice, reconnectAdvice } from "@wardwire/wire/close-codes";
import { ClientError, type ClientErrorCode, type ClientErrorDetails, suffixOf } from "../client-error.ts";
import type { SocketClose } from "../socket/socket.ts";

/** Why there is no connection, and what to do about it. */
export interface Loss {
  readonly advice: ReconnectAdvice;
  readonly error: ClientError;
  /** Whether a second loss like this one, after the token was fetched anew, ends the client. */
  readonly refreshOnce?: boolean;
}

/** What the gateway said before it closed. */
export interface Hint {
  readonly message?: string;
  /** How long it asks to be left alone. */
  readonly retryAfterMs?: number | undefined;
}

/** Makes a loss of its parts: `never` for one there is no way back from, `backoff` for one that time may heal. */
export function lossOf(
  advice: ReconnectAdvice,
  code: ClientErrorCode,
  message: string,
  details?: ClientErrorDetails,
): Loss {
  return { advice, error: new ClientError(code, message, details) };
}

/**
 * What the end of a socket means: what the socket itself says, else what the shared table of close codes does (R60).
 *
 * @param opened Whether the socket had opened. A browser tells nothing of one that had not: a refused origin, a limit
 *   and a gateway that is down all look the same, `unreachable`, and are tried again with back-off.
 * @param hint What the gateway said before; it knows more than the close frame.
 */
export function lossOfClose({ code, reason, cause, loss }: SocketClose, opened: boolean, hint: Hint = {}): Loss {
  if (loss !== undefined) return loss;
  const details = { closeCode: code, cause, retryAfterMs: hint.retryAfterMs };
  if (!opened) return lossOf("backoff", "unreachable", `no connection could be made${suffixOf(cause)}`, details);
  // What an implementation reports when no close frame, or none with a code, arrived.
  if (code === 1005 || code === 1006) return lossOf("backoff", "connection-lost", "the connection broke", details);
  const text = hint.message ?? reason;
  return lossOf(
    reconnectAdvice(code),
    tokenCodes.includes(code) ? "token-refused" : "closed-by-gateway",
    `${text === "" ? "closed by the gateway" : text} (${code})`,
    details,
  );
}

const tokenCodes: readonly number[] = [closeCodes.tokenExpired.code, closeCodes.tokenInvalid.code];

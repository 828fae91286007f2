import { CryptoError } from "@wardwire/crypto/crypto-error";
import { closeCodes } from "@wardwire/wire/close-codes";
import { ClientError } from "../client-error.ts";
import type { Loss } from "../connection/loss.ts";
import type { SocketClose } from "../socket/socket.ts";

/** The error of a sealed session: one, whatever went wrong (HS-4.2, SR-1.4, RK-3.2). */
export function sessionFailed(details?: { readonly closeCode?: number; readonly cause?: unknown }): ClientError {
  return new ClientError("session-failed", "the sealed session failed", details);
}

/** Records of a sealed channel are missing: the connection is dropped, so that recovery joins the channel anew (RK-3.3). */
export function recordsWithheld(): ClientError {
  return new ClientError("session-failed", "records of a sealed channel were withheld on the way");
}

/**
 * What a failure before or in a session means. Whoever is on the way can cause it, so it always means back-off; only a
 * certificate that this side itself did not verify means never.
 */
export function lossOfFailure(error: unknown): Loss {
  if (error instanceof ClientError) {
    return { advice: error.code === "certificate-refused" ? "never" : "backoff", error };
  }
  if (!(error instanceof CryptoError)) return { advice: "backoff", error: sessionFailed({ cause: error }) };
  const { code, message } = error;
  const isOfBundle = code === "clock" || code === "key-bundle";
  return { advice: "backoff", error: isOfBundle ? new ClientError(code, message) : sessionFailed() };
}

/** What the end of a socket means that no session had authenticated: its code and its status are anyone's (SR-3.2). */
export function lossOfOpening(close: SocketClose, opened: boolean): Loss {
  if (opened) return { advice: "backoff", error: sessionFailed({ closeCode: close.code }) };
  const { loss, cause } = close;
  return lossOfFailure(loss?.error ?? new ClientError("unreachable", "no connection could be made", { cause }));
}

/** What the end of a socket means inside a session that has had no CLOSE (SR-3.2). */
export function truncated({ code, cause }: SocketClose): Loss {
  const text = "the sealed session was cut off without its authenticated end";
  return { advice: "backoff", error: new ClientError("truncated", text, { closeCode: code, cause }) };
}

/** What this side closes the WebSocket with when the session fails. */
export const failedCloseCode: number = closeCodes.sealedSessionFailed.code;

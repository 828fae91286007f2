import { type Loss, lossOf } from "../connection/loss.ts";

/**
 * What an HTTP status in place of an upgrade means: 401 is worth one fresh token, overload and a failing proxy are worth
 * waiting for, the rest will not change (R60). For socket implementations that can see it.
 */
export function lossOfStatus(httpStatus: number, retryAfterMs?: number): Loss {
  const details = { httpStatus, retryAfterMs };
  if (httpStatus === 401) {
    const text = "the gateway does not accept the token (HTTP 401)";
    return { ...lossOf("after-refresh", "token-refused", text, details), refreshOnce: true };
  }
  const advice = httpStatus === 408 || httpStatus === 429 || httpStatus >= 500 ? "backoff" : "never";
  const message = `the endpoint answered the handshake with HTTP ${httpStatus}${hintOfStatus(httpStatus)}`;
  return lossOf(advice, "handshake-refused", message, details);
}

/**
 * What an error of Node's TLS or of ws means, by its code: a certificate that did not verify, or a gateway that broke
 * RFC 6455 or a limit. `undefined` for any other, which time may heal.
 */
export function lossOfError(cause: Error & { readonly code?: string | undefined }): Loss | undefined {
  const { code = "", message } = cause;
  if (certificateErrors.test(code)) {
    return lossOf("never", "certificate-refused", `the gateway's certificate did not verify: ${message}`, { cause });
  }
  if (!code.startsWith("WS_ERR_")) return undefined;
  const text = `the gateway broke the WebSocket protocol or a limit: ${message}`;
  return lossOf("never", "protocol-violation", text, { cause });
}

function hintOfStatus(httpStatus: number): string {
  if (httpStatus === 403) return ": the origin or the identity is not allowed";
  if (httpStatus === 429 || httpStatus === 503) return ": it is overloaded or limits this address";
  if (httpStatus >= 300 && httpStatus < 400) return ": redirects are not followed; use the final address";
  if (httpStatus === 404) return ": there is no gateway at this path";
  return "";
}

/** OpenSSL's verification errors and Node's own name check, as Node names them. */
const certificateErrors =
  /^(ERR_TLS_CERT_ALTNAME_|CERT_|CRL_|ERROR_IN_C|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)/;

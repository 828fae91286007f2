import { ClientError } from "./client-error.ts";

/**
 * Checks a gateway's address and gives it in normal form. `wss:` always; `ws:` only to loopback, which is decided by the
 * parsed host: exactly `localhost`, `[::1]` or an IPv4 address in 127.0.0.0/8 (R57). Whatever could carry a credential
 * into a log is refused: user information, a query, a fragment (R42).
 *
 * @throws ClientError `invalid-url`, `insecure-url`; the message never repeats more than scheme and host.
 */
export function parseGatewayUrl(input: string | URL): string {
  const url = URL.parse(input);
  if (url === null || !/^wss?:$/.test(url.protocol)) {
    throw new ClientError("invalid-url", `expected wss://host/path, got ${url?.protocol ?? "no absolute URL"}`);
  }
  if (url.username + url.password + url.search + url.hash !== "") {
    throw new ClientError("invalid-url", "expected no user information, query or fragment");
  }
  if (url.protocol === "ws:" && !isLoopbackHost(url.hostname)) {
    throw new ClientError("insecure-url", `${url.host} is not loopback; use wss://`);
  }
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/**
 * Whether a host, as the URL parser gives it, is this machine. The parser has already turned every way of writing an
 * IPv4 address into four decimal numbers and refused names that merely end like one.
 */
function isLoopbackHost(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

import proxyaddr from "proxy-addr";
import { GatewayError } from "../gateway-error.ts";

/** The client's address, from the peer's and every `X-Forwarded-For` header as one list, in the order they came. */
export type ClientAddress = (peer: string, forwardedFor: string | undefined) => string;

/**
 * Whose address counts (R21): the header is read only when the peer is in one of `trusted`; then the right-most address
 * that is in none of them is the client. Without trusted proxies it is always the peer.
 *
 * @param trusted CIDR ranges or addresses.
 * @throws GatewayError `invalid-options` for what is neither.
 */
export function clientAddress(trusted: readonly string[]): ClientAddress {
  if (trusted.length === 0) return (peer) => peer;
  const isTrusted = compile(trusted);
  return (peer, forwardedFor) => {
    if (!isTrusted(peer, 0)) return peer;
    const headers = forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor };
    return proxyaddr(requestOf(peer, headers), isTrusted);
  };
}

/** Whether an address is one of the proxies in front. */
export function isTrustedProxy(trusted: readonly string[]): (peer: string) => boolean {
  if (trusted.length === 0) return () => false;
  const isTrusted = compile(trusted);
  return (peer) => isTrusted(peer, 0);
}

type ProxyRequest = Parameters<typeof proxyaddr>[0];

/** The two things proxy-addr reads of a request. */
function requestOf(remoteAddress: string, headers: ProxyRequest["headers"]): ProxyRequest {
  return { headers, socket: { remoteAddress }, connection: { remoteAddress } } as ProxyRequest;
}

function compile(trusted: readonly string[]): (address: string, hop: number) => boolean {
  try {
    return proxyaddr.compile([...trusted]);
  } catch (cause) {
    const shown = trusted.map((entry) => JSON.stringify(entry)).join(", ");
    throw new GatewayError("invalid-options", `trustedProxies: expected CIDR ranges such as 10.0.0.0/8, got ${shown}`, {
      cause,
    });
  }
}

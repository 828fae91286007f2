import { isIP } from "node:net";

/**
 * An https origin as browsers write it, such as `https://chat.example:8443`: lower case, no `:443`, no path. A final
 * slash is forgiven. Undefined for anything else; a host with a `*` is none, since origins are compared exactly (R14).
 */
export function parseHttpsOrigin(text: string): string | undefined {
  const url = URL.parse(text);
  if (url?.protocol !== "https:" || (text !== url.origin && text !== `${url.origin}/`)) return undefined;
  return parseHostName(url.hostname) === undefined ? undefined : url.origin;
}

/**
 * What requests may name as Host where the pages of these origins are served (R15): the origins' own hosts, and this
 * machine's names on any port, as health checks and local tools call it. No page of a stranger can have those for its own.
 */
export function hostsOf(origins: readonly string[]): readonly string[] {
  return [...new Set([...origins.map((origin) => new URL(origin).host), "localhost:*", "127.0.0.1:*", "[::1]:*"])];
}

/** A host name or an IP address, IPv6 with or without brackets, in the URL standard's spelling and without brackets. */
export function parseHostName(text: string): string | undefined {
  const url = URL.parse(`https://${isIP(text) === 6 ? `[${text}]` : text}`);
  if (url === null || url.href !== `https://${url.hostname}/`) return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return isIP(host) !== 0 || /^[a-z0-9_.-]+$/.test(host) ? host : undefined;
}

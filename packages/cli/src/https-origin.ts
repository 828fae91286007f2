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

/** A host name or an IP address, IPv6 with or without brackets, in the URL standard's spelling and without brackets. */
export function parseHostName(text: string): string | undefined {
  const url = URL.parse(`https://${isIP(text) === 6 ? `[${text}]` : text}`);
  if (url === null || url.href !== `https://${url.hostname}/`) return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return isIP(host) !== 0 || /^[a-z0-9_.-]+$/.test(host) ? host : undefined;
}

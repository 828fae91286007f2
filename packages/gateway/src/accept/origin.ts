import { GatewayError } from "../gateway-error.ts";

/** Origins a browser may connect from, as browsers serialise them (RFC 6454 §6.2). */
export type AllowedOrigins = ReadonlySet<string>;

/**
 * Checks the configured list of origins (R14). An entry is a serialised origin: `https://` or `http://`, the host in
 * lower case (an international name as punycode), and the port unless it is the scheme's own. The one thing that is
 * normalised is a default port, which browsers leave out: `https://chat.example:443` becomes `https://chat.example`.
 * An empty list lets no browser in.
 *
 * @throws invalid-options for anything else: a path, a final slash, a wildcard, `null`, another scheme.
 */
export function parseAllowedOrigins(list: readonly string[]): AllowedOrigins {
  if (!Array.isArray(list)) {
    throw new GatewayError("invalid-options", "allowedOrigins: expected a list such as ['https://chat.example']");
  }
  return new Set(list.map(parseOrigin));
}

/**
 * Whether an Origin header, exactly as it came, is on the list (R14). Nothing is normalised on this side: browsers send
 * the serialised form, and whatever differs from it was not sent by a browser. Total for any input.
 */
export function originAllowed(allowed: AllowedOrigins, origin: string): boolean {
  return allowed.has(origin);
}

const defaultPorts: Readonly<Record<string, string>> = { "http:": ":80", "https:": ":443" };

function parseOrigin(entry: string, index: number): string {
  const url = typeof entry === "string" && URL.canParse(entry) ? new URL(entry) : undefined;
  const defaultPort = url && defaultPorts[url.protocol];
  if (!url || defaultPort === undefined) {
    throw refused(entry, index, "expected http:// or https://, a host and perhaps a port");
  }
  if (url.hostname.includes("*")) {
    throw refused(entry, index, "wildcards are not supported; list every origin");
  }
  if (entry !== url.origin && entry !== url.origin + defaultPort) {
    throw refused(entry, index, `expected the exact origin, ${JSON.stringify(url.origin)}`);
  }
  return url.origin;
}

function refused(entry: unknown, index: number, expectation: string): GatewayError {
  const shown = typeof entry === "string" ? JSON.stringify(entry.slice(0, 120)) : typeof entry;
  return new GatewayError("invalid-options", `allowedOrigins[${index}]: ${expectation}; got ${shown}`);
}

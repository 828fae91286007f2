import { GatewayError } from "../gateway-error.ts";

/** What a Host header may say, in lower case: exactly this, or this name with whatever port. */
export interface AllowedHosts {
  readonly exact: ReadonlySet<string>;
  readonly anyPort: ReadonlySet<string>;
}

/**
 * Checks the configured list of hosts (R15): a name or address as a URL has it, with the port unless it is the scheme's
 * own, such as `chat.example`, `localhost:8443` and `[::1]:8443`; with `:*` for any port, as in `localhost:*`.
 *
 * @throws GatewayError `invalid-options` for anything else, a wildcard in the name or a scheme among them.
 */
export function parseAllowedHosts(list: readonly string[]): AllowedHosts {
  if (!Array.isArray(list)) {
    throw new GatewayError("invalid-options", "allowedHosts: expected a list such as ['chat.example']");
  }
  const hosts = list.map(parseHost);
  const [exact, open] = [
    hosts.filter((host) => !host.endsWith(anyPort)),
    hosts.filter((host) => host.endsWith(anyPort)),
  ];
  return { exact: new Set(exact), anyPort: new Set(open.map((host) => host.slice(0, -anyPort.length))) };
}

/**
 * Whether the Host header of a request, as it came, is on the list, in any case of its letters. Against DNS rebinding: a
 * page whose own name was made to point here still sends its own name.
 */
export function hostAllowed(allowed: AllowedHosts | undefined, host: string | undefined): boolean {
  if (allowed === undefined) return true;
  if (host === undefined) return false;
  const name = host.toLowerCase();
  return allowed.exact.has(name) || allowed.anyPort.has(name.replace(/:\d{1,5}$/, ""));
}

/** The answer to a request for another host (RFC 9110 §15.5.20). */
export const misdirected = { status: 421, body: "this host is not served here" } as const;

const anyPort = ":*";
const hostAndPort = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

function parseHost(entry: string, index: number): string {
  const host = typeof entry === "string" ? entry.toLowerCase() : "";
  const checked = host.endsWith(anyPort) ? host.slice(0, -anyPort.length) : host;
  const isPlain = checked === host || !/:\d+$/.test(checked.replace(/^\[.*\]/, ""));
  if (isPlain && hostAndPort.test(checked) && URL.canParse(`http://${checked}`)) return host;
  const shown = typeof entry === "string" ? JSON.stringify(entry.slice(0, 120)) : typeof entry;
  throw new GatewayError("invalid-options", `allowedHosts[${index}]: expected host, host:port or host:*; got ${shown}`);
}

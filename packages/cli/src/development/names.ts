import { isIP } from "node:net";
import { parseHostName } from "../https-origin.ts";

/** Under which names and addresses a development gateway is reached. */
export interface Reachable {
  /** The address or name it listens on; `localhost` for both loopback families. */
  readonly host: string;
  /** Further origins, such as `https://chat.test:8443`. */
  readonly publicOrigins: readonly string[];
}

/** The names and addresses the certificate must carry: loopback always, each once, IPv6 without brackets. */
export function certificateNames(reachable: Reachable): readonly string[] {
  const hosts = [reachable.host, ...reachable.publicOrigins.map((origin) => new URL(origin).hostname)];
  const names = hosts.flatMap((host) => parseHostName(host) ?? []).filter((name) => !isUnspecified(name));
  return [...new Set([...loopbackNames, ...names])];
}

/** The exact origins a browser page may have to open the socket (R14). */
export function allowedOrigins(reachable: Reachable, port: number): readonly string[] {
  const hosts = isUnspecified(reachable.host) ? loopbackNames : [...loopbackNames, reachable.host];
  return [...new Set([...hosts.map((host) => originOf(host, port)), ...reachable.publicOrigins])];
}

/** `https://HOST:PORT` as a browser writes it: lower case, IPv6 in brackets, no `:443`. */
export function originOf(host: string, port: number): string {
  return new URL(`https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`).origin;
}

const loopbackNames: readonly string[] = ["localhost", "127.0.0.1", "::1"];

/** Whether the address stands for "every interface", which is no name to be reached under. */
function isUnspecified(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

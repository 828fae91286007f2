import { BlockList, isIP } from "node:net";
import { ScanError } from "./scan-error.ts";

/** An endpoint to look at. */
export interface Target {
  /** As it is shown: `wss://chat.test/ws`. */
  readonly url: string;
  /** Whether TLS is to be spoken. */
  readonly secure: boolean;
  /** A host name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Path and query of the request line. */
  readonly path: string;
  /** The value of the Host header. */
  readonly authority: string;
  /** The server name to ask for, which an IP address has none of (RFC 6066, section 3). */
  readonly servername?: string;
}

/** A host name or an IP address without brackets, and a port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const longestUrl = 4_096;

/**
 * The target of a URL: `wss:` and `ws:`, and `https:` and `http:`, which mean the same.
 *
 * @throws ScanError `invalid-target` for anything else, for user information and for a fragment.
 */
export function parseTarget(text: string): Target {
  const url = text.length <= longestUrl && URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url === undefined ? undefined : schemes[url.protocol];
  if (url === undefined || scheme === undefined || url.hostname === "") {
    throw refused(`expected a URL such as wss://chat.example/ws, got ${JSON.stringify(text.slice(0, 80))}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw refused("expected a URL without user information; give credentials by --header, --cookie or --token-file");
  }
  if (url.hash !== "") throw refused("expected a URL without a fragment: a server never sees it");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return {
    url: `${scheme.secure ? "wss" : "ws"}://${url.host}${url.pathname}${url.search}`,
    secure: scheme.secure,
    host,
    port: url.port === "" ? scheme.port : Number(url.port),
    path: `${url.pathname}${url.search}`,
    authority: url.host,
    ...(isIP(host) === 0 && { servername: host }),
  };
}

/** The origin a page of the target's own host has. */
export function ownOrigin({ secure, authority }: Target): string {
  return `${secure ? "https" : "http"}://${authority}`;
}

/** Whether nobody can listen on the way to this host: a loopback address, or `localhost`. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  return family === 0 ? /(^|\.)localhost$/i.test(host) : loopback.check(host, family === 6 ? "ipv6" : "ipv4");
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

const schemes: Readonly<Record<string, { readonly secure: boolean; readonly port: number }>> = {
  "wss:": { secure: true, port: 443 },
  "https:": { secure: true, port: 443 },
  "ws:": { secure: false, port: 80 },
  "http:": { secure: false, port: 80 },
};

function refused(message: string): ScanError {
  return new ScanError("invalid-target", message);
}

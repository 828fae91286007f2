import { isIP } from "node:net";
import { InvalidArgumentError } from "commander";
import { parseHostName } from "../https-origin.ts";

/** A host and a port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `Name: value`, as a header's line. */
export function parseHeader(line: string): readonly [string, string] {
  const colon = line.indexOf(":");
  const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
  if (colon > 0 && /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\x20-\x7e]*$/.test(value)) return [name, value];
  throw new InvalidArgumentError("Expected a header such as 'X-Api-Version: 2', in visible ASCII.");
}

/** `host:port`, IPv6 in brackets. */
export function parseAddress(text: string): Address {
  const [, name = "", port = ""] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  const host = parseHostName(name.replace(/^\[(.*)\]$/, "$1"));
  const isBracketed = name.startsWith("[");
  if (host !== undefined && isBracketed === (isIP(host) === 6) && Number(port) >= 1 && Number(port) <= 65_535) {
    return { host, port: Number(port) };
  }
  throw new InvalidArgumentError("Expected host:port, such as 10.0.0.7:8443 or [::1]:8443.");
}

/** `http://host:port` of a proxy that understands CONNECT; credentials for it come from the environment. */
export function parseProxy(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isBare = url?.pathname === "/" && url.search === "" && url.hash === "";
  if (url?.protocol === "http:" && isBare && url.username === "" && url.password === "") {
    return { host: url.hostname.replace(/^\[|\]$/g, ""), port: url.port === "" ? 80 : Number(url.port) };
  }
  throw new InvalidArgumentError(
    "Expected http://host:port; Proxy-Authorization is read from WARDWIRE_PROXY_AUTHORIZATION.",
  );
}

/** An origin as browsers write it, of https or http; a final slash is forgiven. */
export function parsePageOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPage = url?.protocol === "https:" || url?.protocol === "http:";
  if (isPage && (text === url.origin || text === `${url.origin}/`)) return url.origin;
  throw new InvalidArgumentError("Expected an origin such as https://chat.example, without path.");
}

/** New connections a second. */
export function parseRate(text: string): number {
  const rate = Number(text);
  if (/^\d{1,4}(\.\d)?$/.test(text) && rate >= 0.1 && rate <= 1_000) return rate;
  throw new InvalidArgumentError("Expected connections a second: 0.1 to 1000.");
}

/** The id of a check, or its beginning, such as WW-TLS. */
export function parseCheckId(text: string): string {
  if (/^WW(-[A-Z]+(-\d\d)?)?$/.test(text)) return text;
  throw new InvalidArgumentError("Expected an id such as WW-ORIGIN-01, or its beginning, such as WW-TLS; see --list.");
}

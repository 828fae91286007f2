import type { UpgradeRefused } from "./socket-host.ts";

/** The head of an HTTP/1.1 request as the parser left it. */
export interface RequestHead {
  readonly method?: string | undefined;
  readonly httpVersion: string;
  readonly url?: string | undefined;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
}

/** An opening handshake that keeps every rule of RFC 6455 §4.2.1, or the answer to one that does not. */
export type OpeningHandshake =
  | {
      readonly wellFormed: true;
      readonly target: string;
      /** Values by lower-case name, every occurrence in order. */
      readonly headers: ReadonlyMap<string, readonly string[]>;
      /** What the client offers in Sec-WebSocket-Protocol, in order. */
      readonly subprotocols: readonly string[];
    }
  | { readonly wellFormed: false; readonly refusal: UpgradeRefused };

/**
 * Checks an opening handshake (R13, R17, R20). Everything that is doubtful is refused: a header whose meaning must be
 * single and comes twice or joined by commas, a body, another protocol than WebSocket version 13.
 */
export function parseOpeningHandshake(head: RequestHead): OpeningHandshake {
  if (head.rawHeaders.length / 2 > maxHeaders) return refused(431, `at most ${maxHeaders} header fields are accepted`);
  const headers = collectHeaders(head.rawHeaders);
  const target = head.url ?? "";
  const wrong =
    checkRequestLine(head, target) ?? checkSingles(headers) ?? checkBody(headers) ?? checkProtocolSwitch(headers);
  if (wrong) return wrong;
  const subprotocols = parseSubprotocols(headers.get("sec-websocket-protocol"));
  if (!subprotocols) return refused(400, "Sec-WebSocket-Protocol must list distinct tokens separated by commas");
  return { wellFormed: true, target, headers, subprotocols };
}

/** Header fields of one request; a browser sends about twenty. */
export const maxHeaders = 100;

type Headers = ReadonlyMap<string, readonly string[]>;
type Refused = Extract<OpeningHandshake, { wellFormed: false }>;

const singleHeaders = ["host", "origin", "authorization", "sec-websocket-key", "sec-websocket-version"];
const originForm = /^\/[^#\s]*$/;
const base64Of16Bytes = /^[+/0-9A-Za-z]{22}==$/;
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function collectHeaders(rawHeaders: readonly string[]): Headers {
  const headers = new Map<string, string[]>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? "").toLowerCase();
    const value = rawHeaders[i + 1] ?? "";
    const values = headers.get(name);
    if (values) values.push(value);
    else headers.set(name, [value]);
  }
  return headers;
}

function checkRequestLine(head: RequestHead, target: string): Refused | undefined {
  if (head.method !== "GET") return refused(405, "a WebSocket handshake is a GET request", { Allow: "GET" });
  if (head.httpVersion !== "1.1") return refused(400, "a WebSocket handshake needs HTTP/1.1");
  if (!originForm.test(target)) return refused(400, "the request target must be a path, with a query or without");
  return undefined;
}

function checkSingles(headers: Headers): Refused | undefined {
  for (const name of singleHeaders) {
    const values = headers.get(name);
    if (values && (values.length > 1 || values[0]?.includes(","))) {
      return refused(400, `${name} must come once, with one value`);
    }
  }
  if (!headers.get("host")?.[0]) return refused(400, "Host is missing");
  return undefined;
}

function checkBody(headers: Headers): Refused | undefined {
  const length = headers.get("content-length");
  const hasBody = headers.has("transfer-encoding") || (length && !(length.length === 1 && length[0] === "0"));
  return hasBody ? refused(400, "a WebSocket handshake has no body") : undefined;
}

function checkProtocolSwitch(headers: Headers): Refused | undefined {
  const upgrade = headers.get("upgrade") ?? [];
  if (upgrade.length !== 1 || upgrade[0]?.toLowerCase() !== "websocket") {
    return refused(400, "Upgrade must be websocket");
  }
  const connection = (headers.get("connection") ?? []).flatMap((value) => value.toLowerCase().split(","));
  if (!connection.some((option) => option.trim() === "upgrade")) return refused(400, "Connection must name Upgrade");
  if (headers.get("sec-websocket-version")?.[0] !== "13") {
    return refused(426, "Sec-WebSocket-Version must be 13", { Upgrade: "websocket", "Sec-WebSocket-Version": "13" });
  }
  if (!base64Of16Bytes.test(headers.get("sec-websocket-key")?.[0] ?? "")) {
    return refused(400, "Sec-WebSocket-Key must be 16 bytes in base64");
  }
  return undefined;
}

/** Linear in the length of the header (CVE-2021-32640). */
function parseSubprotocols(values: readonly string[] | undefined): readonly string[] | undefined {
  if (!values) return [];
  const offered = values.flatMap((value) => value.split(",")).map((part) => part.trim());
  return offered.every((part) => token.test(part)) && new Set(offered).size === offered.length ? offered : undefined;
}

function refused(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Refused {
  return { wellFormed: false, refusal: { accepted: false, status, headers, body } };
}

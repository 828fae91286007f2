import { idempotencyKeyPattern } from "@wardwire/wire/limits";
import { InvalidArgumentError } from "commander";
import { parseHostName, parseHttpsOrigin } from "./https-origin.ts";

/** A channel to join: its name in the server's contract, and its params, which are texts. */
export interface JoinTarget {
  readonly channel: string;
  readonly params: Readonly<Record<string, string>>;
}

/** A TCP port; 0 lets the system choose. */
export function parsePort(text: string): number {
  return wholeNumber(text, 0, 65_535, "a port");
}

/** How many messages to wait for. */
export function parseCount(text: string): number {
  return wholeNumber(text, 1, 1_000_000_000, "a number of messages");
}

/** Seconds a token is good for: up to 30 days. */
export function parseTtl(text: string): number {
  return wholeNumber(text, 1, 2_592_000, "seconds");
}

/** An instant: RFC 3339 with its offset, such as `2026-11-21T12:00:00Z`, or `now`; as milliseconds since 1970. */
export function parseInstant(text: string): number {
  if (text === "now") return Date.now();
  const isDateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const instantMs = isDateTime ? Date.parse(text) : Number.NaN;
  if (instantMs > 0) return instantMs;
  throw new InvalidArgumentError("Expected an instant such as 2026-11-21T12:00:00Z, or now.");
}

/** A duration such as `500ms`, `10s` or `2m`, as milliseconds: up to 24 hours. */
export function parseDuration(text: string): number {
  const [, digits, unit] = /^(\d{1,8})(ms|s|m)$/.exec(text) ?? [];
  const durationMs = Number(digits) * (unit === "m" ? 60_000 : unit === "s" ? 1_000 : 1);
  if (durationMs > 0 && durationMs <= 86_400_000) return durationMs;
  throw new InvalidArgumentError("Expected a duration such as 500ms, 10s or 2m, at most 24 hours.");
}

/** A user or device id: 1 to 256 characters, none of them invisible. */
export function parseId(text: string): string {
  if (text.length >= 1 && text.length <= 256 && text.isWellFormed() && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text))
    return text;
  throw new InvalidArgumentError("Expected 1 to 256 visible characters.");
}

/** A host name or an IP address, IPv6 without brackets, in the form the URL standard gives it. */
export function parseHost(text: string): string {
  const host = parseHostName(text);
  if (host !== undefined) return host;
  throw new InvalidArgumentError("Expected a host name or an IP address, without port or path.");
}

/** An https origin; a final slash is forgiven. */
export function parseOrigin(text: string): string {
  const origin = parseHttpsOrigin(text);
  if (origin !== undefined) return origin;
  throw new InvalidArgumentError("Expected an origin such as https://chat.test:8443, without path.");
}

/** `name:param=value,param=value`, or the name alone for a channel without params. */
export function parseJoin(text: string): JoinTarget {
  const colon = text.indexOf(":");
  const channel = colon < 0 ? text : text.slice(0, colon);
  const pairs =
    colon < 0
      ? []
      : text
          .slice(colon + 1)
          .split(",")
          .map(splitPair);
  const names = new Set(pairs.map(([name]) => name));
  if (channel !== "" && !names.has("") && names.size === pairs.length) {
    return { channel, params: Object.fromEntries(pairs) };
  }
  throw new InvalidArgumentError("Expected name:param=value, with further params behind commas.");
}

/** An idempotency key: 1 to 64 visible ASCII characters. */
export function parseKey(text: string): string {
  if (idempotencyKeyPattern.test(text)) return text;
  throw new InvalidArgumentError("Expected 1 to 64 visible ASCII characters.");
}

/** A JSON value. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('Expected JSON, such as {"text":"hello"}.');
  }
}

/** `name=value`; a pair without a name, which is no pair, has an empty one. */
function splitPair(pair: string): [string, string] {
  const equals = pair.indexOf("=");
  return equals < 1 ? ["", ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
}

function wholeNumber(text: string, least: number, most: number, what: string): number {
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`Expected ${what}: a whole number from ${least} to ${most}.`);
}

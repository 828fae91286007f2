import type { Finding } from "./finding.ts";
import type { HttpProxy } from "./raw/proxy.ts";
import { ScanError } from "./scan-error.ts";
import type { Address } from "./target.ts";

/** How to look at a target. Everything may be left out. */
export interface ScanOptions {
  /** Slow checks too, which wait up to a minute for pings and time limits; false when left out. */
  readonly thorough?: boolean;
  /**
   * Floods, slow headers and a compression bomb of 8 MiB too, on the target and whatever it shares a machine with. Ask
   * whoever runs it first. False when left out.
   */
  readonly dangerouslyActive?: boolean;
  /** Ids, or beginnings of ids such as `WW-TLS`, of the checks to run; all when empty. */
  readonly only?: readonly string[];
  /** Ids, or beginnings of ids, of the checks to leave out. */
  readonly skip?: readonly string[];
  /** The origin to come from; the target's own when left out. */
  readonly origin?: string;
  /** Further headers of every handshake. They count as credentials: checks without credentials leave them out. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** The Cookie header. A secret: it is kept out of findings. */
  readonly cookie?: string;
  /** A token for `Authorization: Bearer`, and for protocols that take it in a message. A secret. */
  readonly token?: string;
  /** Subprotocols to offer instead of those of the protocols that are recognised. */
  readonly subprotocols?: readonly string[];
  readonly proxy?: HttpProxy;
  /** Where to connect instead of the target's host and port, which stay in Host, server name and certificate checks. */
  readonly connectTo?: Address;
  /** PEM authorities to trust instead of the system's. */
  readonly ca?: string;
  /** PEM client certificate and key. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** How long one answer may take; 3,000 when left out. */
  readonly answerTimeoutMs?: number;
  /**
   * How long `thorough` leaves a connection alone, to see whether it is pinged and whether it ends with its token; 60,000
   * when left out.
   */
  readonly silenceMs?: number;
  /** How long the whole scan may take: 60,000, with `thorough` or `dangerouslyActive` 180,000, when left out. */
  readonly timeoutMs?: number;
  /** New connections a second; 40 when left out. */
  readonly connectionsPerSecond?: number;
  /** Connections open at the same time; 8 when left out. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  /** Called after each check. */
  readonly onProgress?: (progress: Progress) => void;
  /** Milliseconds since 1970, for the dates of certificates; the system's clock when left out. */
  readonly now?: () => number;
}

/** How far a scan has got. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly finding: Finding;
}

/** The options with every default filled in; those without a default may be missing. */
export type Settings = Required<Omit<ScanOptions, WithoutDefault | "onProgress" | "signal">> &
  Pick<ScanOptions, WithoutDefault>;

type WithoutDefault = "cookie" | "token" | "proxy" | "connectTo" | "ca" | "certificate" | "origin";

/**
 * The options as they will be used.
 *
 * @throws ScanError `invalid-option` for a number out of its range, and for a header that would break the request.
 */
export function resolveOptions(options: ScanOptions): Settings {
  const { onProgress: _progress, signal: _signal, ...given } = options;
  const thorough = options.thorough ?? false;
  const dangerouslyActive = options.dangerouslyActive ?? false;
  const settings: Settings = {
    only: [],
    skip: [],
    headers: [],
    subprotocols: [],
    answerTimeoutMs: 3_000,
    silenceMs: 60_000,
    timeoutMs: thorough || dangerouslyActive ? 180_000 : 60_000,
    connectionsPerSecond: 40,
    concurrency: 8,
    now: Date.now,
    ...given,
    thorough,
    dangerouslyActive,
  };
  checkRange("answerTimeoutMs", settings.answerTimeoutMs, 1, 600_000);
  checkRange("silenceMs", settings.silenceMs, 1, 600_000);
  checkRange("timeoutMs", settings.timeoutMs, 1, 3_600_000);
  checkRange("connectionsPerSecond", settings.connectionsPerSecond, 0.1, 1_000);
  checkRange("concurrency", settings.concurrency, 1, 64);
  for (const [name, value] of settings.headers) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw refused(`headers: ${JSON.stringify(name)} is no header name`);
    checkValue(`the header ${name}`, value);
  }
  checkValue("cookie", settings.cookie);
  checkValue("token", settings.token);
  checkValue("origin", settings.origin);
  for (const name of settings.subprotocols) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw refused(`subprotocols: ${JSON.stringify(name)} is no token`);
  }
  return settings;
}

/** The settings without anything that shows who the caller is, but for a client certificate, which shows no secret. */
export function withoutCredentials(settings: Settings): Settings {
  const { token: _token, cookie: _cookie, ...others } = settings;
  return { ...others, headers: [] };
}

/** Whether there is anything among the settings that must not be sent to whoever answers. */
export function hasCredentials({ token, cookie, headers }: Settings): boolean {
  return token !== undefined || cookie !== undefined || headers.length > 0;
}

function checkRange(name: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) throw refused(`${name}: expected ${least} to ${most}, got ${value}`);
}

function checkValue(name: string, value: string | undefined): void {
  // The value may be a secret, so that it is not shown.
  if (value !== undefined && !/^[\x20-\x7e]*$/.test(value)) throw refused(`${name}: expected visible ASCII`);
}

function refused(message: string): ScanError {
  return new ScanError("invalid-option", message);
}

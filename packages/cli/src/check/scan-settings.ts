import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ScanOptions } from "@wardwire/scanner/options";
import { InvalidArgumentError } from "commander";
import { CliError, systemErrorCode } from "../cli-error.ts";
import { readToken } from "../connection/token-input.ts";
import { readAuthority } from "../connection/trusted-authority.ts";
import { type Address, parseHeader } from "./option-values.ts";

/** The options of `wardwire check` that say how to look at a target. */
export interface TargetOptions {
  readonly origin?: string;
  readonly header: readonly (readonly [string, string])[];
  readonly headerFile?: string;
  readonly cookieFile?: string;
  readonly tokenFile?: string;
  readonly subprotocol: readonly string[];
  readonly proxy?: Address;
  readonly connectTo?: Address;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly active?: boolean;
  readonly thorough?: boolean;
  readonly only: readonly string[];
  readonly skip: readonly string[];
  /** Milliseconds for one target. */
  readonly timeout?: number;
  readonly rate?: number;
}

/**
 * What the scanner is told, files and environment read.
 *
 * @throws CliError `configuration` for a file that cannot be read or holds something else, `usage` for options that do
 *   not fit each other.
 */
export async function scanSettings(options: TargetOptions, environment: NodeJS.ProcessEnv): Promise<ScanOptions> {
  const cookie = readCookie(options.cookieFile, environment);
  const hasToken = options.tokenFile !== undefined || (environment["WARDWIRE_TOKEN"] ?? "") !== "";
  const certificate = readCertificate(options);
  const proxyAuthorization = environment["WARDWIRE_PROXY_AUTHORIZATION"];
  const proxy = options.proxy && {
    ...options.proxy,
    ...(proxyAuthorization !== undefined && { authorization: proxyAuthorization }),
  };
  return {
    headers: [...options.header, ...readHeaders(options.headerFile)],
    subprotocols: options.subprotocol,
    only: options.only,
    skip: options.skip,
    thorough: options.thorough ?? false,
    dangerouslyActive: options.active ?? false,
    ...(options.origin !== undefined && { origin: options.origin }),
    ...(cookie !== undefined && { cookie }),
    ...(hasToken && { token: await readToken(options.tokenFile, environment) }),
    ...(proxy !== undefined && { proxy }),
    ...(options.connectTo !== undefined && { connectTo: options.connectTo }),
    ...(options.ca !== undefined && { ca: readAuthority(options.ca) }),
    ...(certificate !== undefined && { certificate }),
    ...(options.timeout !== undefined && { timeoutMs: options.timeout }),
    ...(options.rate !== undefined && { connectionsPerSecond: options.rate }),
  };
}

function readHeaders(file: string | undefined): (readonly [string, string])[] {
  if (file === undefined) return [];
  const lines = readText(file, "--header-file")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");
  try {
    return lines.map(parseHeader);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new CliError("configuration", `--header-file: expected one header a line, Name: value, in ${file}`);
  }
}

function readCookie(file: string | undefined, environment: NodeJS.ProcessEnv): string | undefined {
  const cookie = file === undefined ? environment["WARDWIRE_COOKIE"] : readText(file, "--cookie-file");
  if (cookie === undefined || cookie.trim() === "") return undefined;
  if (/^[\x20-\x7e]+$/.test(cookie.trim())) return cookie.trim();
  throw new CliError(
    "configuration",
    `expected one line such as name=value; other=value in ${file ?? "WARDWIRE_COOKIE"}`,
  );
}

function readCertificate({ cert, key }: TargetOptions): { readonly cert: string; readonly key: string } | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) throw new CliError("usage", "expected --cert and --key, got only one");
  const pem = readText(cert, "--cert");
  try {
    new X509Certificate(pem);
  } catch (error) {
    throw new CliError("configuration", `--cert: expected a PEM certificate in ${cert}`, { cause: error });
  }
  return { cert: pem, key: readText(key, "--key") };
}

function readText(file: string, option: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = systemErrorCode(error) ?? "unknown error";
    throw new CliError("configuration", `cannot read ${file} (${why}); check ${option}`, { cause: error });
  }
}

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { requirePrivateFolder } from "@wardwire/gateway/private-file";
import { CliError, systemErrorCode } from "../cli-error.ts";
import { asCliError } from "../gateway-failure.ts";

/** The files a development gateway keeps in its data folder. */
export const dataFiles = {
  /** Certificate of the development authority, for clients to trust. */
  authorityCertificate: "ca.pem",
  /** The authority with its private key and the names it is limited to. */
  authority: "authority.json",
  /** The gateway's private key and certificate. */
  server: "server.pem",
  /** The key that signs development tokens, a JWK. */
  tokenKey: "token-key.json",
  /** What whoever operates the gateway shows to its admin API: to revoke, and to read its metrics. */
  adminCredential: "admin-credential",
  /** What an application shows to the admin API to publish, and to do nothing else. */
  publishCredential: "publish-credential",
  /** Security events, hash-chained, and the key that signs them, for `wardwire audit verify`. */
  auditLog: "audit.jsonl",
  auditKey: "audit-key",
  /** The folder with the keys of sealed connections, and the master key that seals them. */
  serverKeys: "keys",
  masterKey: "master-key",
  /** Where the admin API of the gateway started last is. */
  adminUrl: "admin-url",
} as const;

/** Where a file of the data folder stands, as reached from the working directory. */
export function dataFile(folder: string, file: keyof typeof dataFiles): string {
  return join(folder, dataFiles[file]);
}

/**
 * Makes the data folder (mode 0700) unless it is there.
 *
 * @throws CliError `configuration` when it cannot be made, is no folder, or other users may write in it.
 */
export function openDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const why = systemErrorCode(error) ?? "unknown error";
    throw new CliError("configuration", `cannot make the data folder ${folder} (${why}): give another with --data`, {
      cause: error,
    });
  }
  asCliError(() => requirePrivateFolder(folder));
}

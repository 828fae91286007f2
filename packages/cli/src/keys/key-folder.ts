import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type KeyFileKind, openKeyFile, sealKeyFile } from "@wardwire/crypto/keys/key-file";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import type { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { CliError, systemErrorCode } from "../cli-error.ts";
import { readPrivateFile, replacePrivateFile } from "../private-file.ts";

/** The identities lie in folders of their own, to be taken offline apart; gateways get `online` (KB-2.1). */
export const keyPaths = {
  currentIdentity: "identity-current/identity.key",
  nextIdentity: "identity-next/identity.key",
  delegate: "online/delegate.key",
  certificate: "online/delegate.cert",
  bundle: "online/bundle.cbor",
  /** Pins of the current and the next identity, a line each; not secret. */
  pins: "online/pins",
  /** What the next identity signed when it took over; absent before. */
  revocation: "online/revocation.cbor",
} as const;

/** A file with a fixed place in the folder. */
export type KeyPath = keyof typeof keyPaths;

/** Where an online key lies, by the 16 hexadecimal characters of its kid. */
export function onlineKeyPath(kid: string): string {
  return `online/${kid}.key`;
}

/** A folder of keys, whose secrets are sealed under one master key. */
export interface KeyFolder {
  readonly path: string;
  /** Stays whoever opened the folder's. */
  readonly master: SecretBytes;
}

/** The kids of the online keys that lie in the folder. */
export function onlineKids({ path }: KeyFolder): readonly string[] {
  return readdirSync(join(path, "online")).flatMap((name) => name.match(/^([0-9a-f]{16})\.key$/)?.[1] ?? []);
}

/** Whether a file is there. */
export function hasFile(folder: Pick<KeyFolder, "path">, file: KeyPath): boolean {
  return existsSync(join(folder.path, keyPaths[file]));
}

/**
 * Reads what is not secret.
 *
 * @throws CliError `configuration` when it is not there
 */
export function readPublicFile({ path }: Pick<KeyFolder, "path">, file: KeyPath): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(join(path, keyPaths[file])));
  } catch (cause) {
    throw missing(join(path, keyPaths[file]), systemErrorCode(cause), cause);
  }
}

/**
 * Opens a key file; the caller owns the secret (KF-3).
 *
 * @throws CliError `configuration` when it is not there, or open to others; CryptoError `key-file` when it cannot be opened
 */
export async function readSecret(folder: KeyFolder, kind: KeyFileKind, file: string): Promise<SecretBytes> {
  const path = join(folder.path, file);
  const sealed = readPrivateFile(path);
  if (sealed === undefined) throw missing(path, "ENOENT");
  return openKeyFile(nodePrimitives, folder.master, kind, sealed);
}

/** Seals a secret, which stays the caller's, into a file that only its owner can read. */
export async function writeSecret(
  folder: KeyFolder,
  kind: KeyFileKind,
  file: string,
  secret: SecretBytes,
): Promise<void> {
  replacePrivateFile(join(folder.path, file), await sealKeyFile(nodePrimitives, folder.master, kind, secret));
}

/** Writes what is not secret, in one step. */
export function writePublicFile({ path }: KeyFolder, file: KeyPath, content: string | Uint8Array): void {
  replacePrivateFile(join(path, keyPaths[file]), content);
}

/** Erases an online key. */
export function eraseOnlineKey({ path }: KeyFolder, kid: string): void {
  rmSync(join(path, onlineKeyPath(kid)));
}

/**
 * Makes the folders of a new set of keys, for their owner only.
 *
 * @throws CliError `configuration` when there are keys already: nothing is ever written over by `init`
 */
export function createKeyFolders(path: string): void {
  if (hasFile({ path }, "bundle") || hasFile({ path }, "currentIdentity") || hasFile({ path }, "nextIdentity")) {
    throw new CliError("configuration", `there are keys in ${path} already: choose another --folder`);
  }
  for (const name of ["identity-current", "identity-next", "online"]) {
    mkdirSync(join(path, name), { recursive: true, mode: 0o700 });
  }
}

function missing(path: string, why: string | undefined, cause?: unknown): CliError {
  const advice = "check --folder, or bring an identity back for as long as it is needed";
  return new CliError("configuration", `cannot read ${path} (${why ?? "unknown error"}): ${advice}`, { cause });
}

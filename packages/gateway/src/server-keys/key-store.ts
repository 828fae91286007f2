import { CryptoError } from "@wardwire/crypto/crypto-error";
import { type KeyFileKind, openKeyFile, sealKeyFile } from "@wardwire/crypto/keys/key-file";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import type { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { GatewayError } from "../gateway-error.ts";
import type { KeyFiles } from "./key-files.ts";

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

/** Where an online key lies, by the 16 hexadecimal characters of its kid. */
export function onlineKeyPath(kid: string): string {
  return `online/${kid}.key`;
}

/** The kids, 16 hexadecimal characters each, of the online keys that lie in the folder. */
export function onlineKids(files: KeyFiles): readonly string[] {
  return files.list("online").flatMap((name) => name.match(/^([0-9a-f]{16})\.key$/)?.[1] ?? []);
}

/** Where the history key of a UTC day lies, such as `2026-11-21`. */
export function historyKeyPath(day: string): string {
  return `history/${day}.key`;
}

/** The UTC days whose history keys lie in the folder. */
export function historyDays(files: KeyFiles): readonly string[] {
  return files.list("history").flatMap((name) => name.match(/^(\d{4}-\d{2}-\d{2})\.key$/)?.[1] ?? []);
}

/** Where a bundle lies that another has followed: clients may go on using it until it ends (KB-1.6). */
export function earlierBundlePath(version: number): string {
  return `online/bundle-${version}.cbor`;
}

/** Files of keys, whose secrets are sealed under one master key. */
export interface KeyStore {
  readonly files: KeyFiles;
  /** Stays whoever opened the store's. */
  readonly master: SecretBytes;
}

/**
 * A file that has to be there and is not secret.
 *
 * @throws GatewayError `file-unavailable`
 */
export function requireFile(files: KeyFiles, name: string): Uint8Array<ArrayBuffer> {
  const content = files.read(name, false);
  if (content === undefined) throw missing(files, name);
  return content;
}

/**
 * Opens a key file; the caller owns the secret (KF-3).
 *
 * @throws GatewayError `file-unavailable` when there is none, `file-exposed` when others can read it, `server-keys-invalid` when
 *   it does not open: another kind, another master key, or a byte that has changed
 */
export async function openSecret({ files, master }: KeyStore, kind: KeyFileKind, name: string): Promise<SecretBytes> {
  const sealed = files.read(name, true);
  if (sealed === undefined) throw missing(files, name);
  return explained(files.at(name), () => openKeyFile(nodePrimitives, master, kind, sealed));
}

/**
 * Seals a secret, which stays the caller's, into a file that only its owner can read.
 *
 * @param how `replace` writes over a file that is there, `create` leaves it
 * @returns whether it was written
 */
export async function sealSecret(
  { files, master }: KeyStore,
  kind: KeyFileKind,
  name: string,
  secret: SecretBytes,
  how: "replace" | "create" = "replace",
): Promise<boolean> {
  const sealed = await sealKeyFile(nodePrimitives, master, kind, secret);
  if (how === "create") return files.create(name, sealed);
  files.replace(name, sealed);
  return true;
}

/**
 * Runs what judges the content of a file.
 *
 * @throws GatewayError, as a rejection: `server-keys-invalid`, or `server-keys-expired` for dates, with the file's path; the
 *   message of a CryptoError holds no secret
 */
export async function explained<Result>(path: string, run: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    const code = error.code === "clock" ? "server-keys-expired" : "server-keys-invalid";
    throw new GatewayError(code, `${path}: ${error.message}`, { cause: error });
  }
}

function missing(files: KeyFiles, name: string): GatewayError {
  const advice = "check the folder of keys, or bring an identity back for as long as it is needed";
  return new GatewayError("file-unavailable", `there is no ${files.at(name)}: ${advice}`);
}

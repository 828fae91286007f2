import { type Bytes, equalBytes } from "@wardwire/crypto/bytes";
import { type Bundle, kidOf, parseBundle } from "@wardwire/crypto/keys/bundle";
import { checkBundle, emptyBundleMemory } from "@wardwire/crypto/keys/bundle-check";
import { type Certificate, parseCertificate } from "@wardwire/crypto/keys/certificate";
import { importOnlineKey, type OnlineKey } from "@wardwire/crypto/keys/online-key";
import { type Pin, parsePin } from "@wardwire/crypto/keys/pin";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { GatewayError } from "../gateway-error.ts";
import type { KeyFiles } from "./key-files.ts";
import {
  earlierBundlePath,
  explained,
  type KeyStore,
  keyPaths,
  onlineKeyPath,
  openSecret,
  requireFile,
} from "./key-store.ts";
import { delegateEnded } from "./signing-keys.ts";

/** A bundle as it lies in the folder. */
export interface PublishedBundle {
  /** The signed object. */
  readonly bytes: Bytes;
  readonly bundle: Bundle;
  readonly certificate: Certificate;
}

/** Whether anything has been published. */
export function hasBundle(files: KeyFiles): boolean {
  return files.revision(keyPaths.bundle) !== undefined;
}

/**
 * The bundle in force, read without believing it.
 *
 * @throws GatewayError `file-unavailable` without one, `server-keys-invalid` for what is none
 */
export function readBundle(files: KeyFiles): Promise<PublishedBundle> {
  const bytes = requireFile(files, keyPaths.bundle);
  return explained(files.at(keyPaths.bundle), () => parsed(bytes));
}

/**
 * Holds a bundle against what a client would: identity, signatures, dates, usable keys (KB-3.1).
 *
 * @throws GatewayError, as a rejection: `server-keys-expired` outside its dates or those of its delegate, `server-keys-invalid` for
 *   anything else
 */
export async function requireTrusted(
  path: string,
  { bytes, bundle, certificate }: PublishedBundle,
  pins: readonly Pin[],
  nowSeconds: number,
): Promise<void> {
  if (nowSeconds > certificate.notAfter) throw delegateEnded(path, certificate.notAfter);
  if (nowSeconds > bundle.notAfter) throw bundleEnded(path, bundle.notAfter);
  const trust = {
    pins,
    origin: bundle.origins[0] ?? "",
    protocol: bundle.minimumProtocol,
    memory: emptyBundleMemory,
    nowMs: nowSeconds * 1_000,
  };
  await explained(path, async () => {
    const verdict = await checkBundle(nodePrimitives, bytes, trust);
    if ("refused" in verdict) throw verdict.refused;
  });
}

/**
 * Bundles that others have followed and that have not ended, the oldest first. One that cannot be used is left out: it costs
 * its clients a fetch, and nothing more.
 */
export async function readEarlierBundles(files: KeyFiles, nowSeconds: number): Promise<readonly PublishedBundle[]> {
  const found: PublishedBundle[] = [];
  for (const version of earlierVersions(files)) {
    const bytes = files.read(earlierBundlePath(version), false);
    const earlier = bytes && parsedOrNothing(bytes);
    if (earlier !== undefined && earlier.bundle.notAfter >= nowSeconds) found.push(earlier);
  }
  return found.toSorted((one, other) => one.bundle.version - other.bundle.version);
}

/** The versions that lie in the folder beside the one in force. */
export function earlierVersions(files: KeyFiles): readonly number[] {
  return files.list("online").flatMap((name) => {
    const version = name.match(/^bundle-([1-9]\d{0,15})\.cbor$/)?.[1];
    return version === undefined ? [] : [Number(version)];
  });
}

/**
 * What clients pin, the current identity's first.
 *
 * @throws GatewayError `file-unavailable` without the file, `server-keys-invalid` for lines that are no pins
 */
export function readPins(files: KeyFiles): Promise<readonly Pin[]> {
  const text = new TextDecoder().decode(requireFile(files, keyPaths.pins));
  return explained(files.at(keyPaths.pins), () => text.trim().split("\n").map(parsePin));
}

/**
 * The online key that a bundle names; the caller owns it.
 *
 * @returns undefined when its file is not there
 * @throws GatewayError as `openSecret`; `server-keys-invalid` when the file holds another key
 */
export async function readOnlineKey(store: KeyStore, publicKey: Uint8Array): Promise<OnlineKey | undefined> {
  const name = onlineKeyPath(await kidText(publicKey));
  if (store.files.revision(name) === undefined) return undefined;
  const content = await openSecret(store, "online", name);
  const path = store.files.at(name);
  try {
    const key = await explained(path, () => importOnlineKey(nodePrimitives, content));
    if (equalBytes(key.publicKey, publicKey)) return key;
    key.privateKey.dispose();
  } finally {
    content.dispose();
  }
  throw new GatewayError("server-keys-invalid", `${path} holds another key than its name says: bring back its own`);
}

/** The kid of a public key in 16 hexadecimal characters. */
export async function kidText(publicKey: Uint8Array): Promise<string> {
  return hex(await kidOf(nodePrimitives, publicKey));
}

/** Bytes in hexadecimal characters. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function parsed(bytes: Bytes): PublishedBundle {
  const bundle = parseBundle(bytes);
  return { bytes, bundle, certificate: parseCertificate(bundle.certificate) };
}

function parsedOrNothing(bytes: Bytes): PublishedBundle | undefined {
  try {
    return parsed(bytes);
  } catch {
    return undefined;
  }
}

function bundleEnded(path: string, notAfter: number): GatewayError {
  const when = new Date(notAfter * 1_000).toISOString();
  return new GatewayError(
    "server-keys-expired",
    `${path}: the key bundle ended at ${when}; run \`wardwire keys rotate\``,
  );
}

import {
  type Bundle,
  issueBundle,
  kidOf,
  maxPublishedKeys,
  type PublishedKey,
  parseBundle,
} from "@wardwire/crypto/keys/bundle";
import { issueCertificate, parseCertificate } from "@wardwire/crypto/keys/certificate";
import { generateOnlineKeyContent, importOnlineKey } from "@wardwire/crypto/keys/online-key";
import { importSigningKey, type SigningKey, signingSeedBytes } from "@wardwire/crypto/keys/signing-key";
import { maxLifetimeSeconds } from "@wardwire/crypto/keys/validity";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { CliError } from "../cli-error.ts";
import {
  eraseOnlineKey,
  hasFile,
  type KeyFolder,
  keyPaths,
  onlineKeyPath,
  onlineKids,
  readPublicFile,
  readSecret,
  writePublicFile,
  writeSecret,
} from "./key-folder.ts";

/** How long an online key is the newest one, in seconds (KB-1.6). */
export const rotationSeconds = 86_400;

/** What a new bundle says differently from the one before. */
export interface BundleChanges {
  readonly origins?: readonly string[];
  /** Adds a key: `next` begins when the newest one has been in use for a day, `now` at once. */
  readonly newKey?: "next" | "now";
  /** Revoked in addition: 16 hexadecimal characters. */
  readonly revokedKid?: string;
}

/** Makes a signing key and seals its seeds into a file. */
export async function createSigningKey(
  folder: KeyFolder,
  kind: "identity" | "delegate",
  file: string,
): Promise<SigningKey> {
  const seeds = SecretBytes.random(signingSeedBytes);
  try {
    await writeSecret(folder, kind, file, seeds);
    return await importSigningKey(nodePrimitives, seeds);
  } finally {
    seeds.dispose();
  }
}

/** The signing key of a file. */
export async function loadSigningKey(
  folder: KeyFolder,
  kind: "identity" | "delegate",
  file: string,
): Promise<SigningKey> {
  const seeds = await readSecret(folder, kind, file);
  try {
    return await importSigningKey(nodePrimitives, seeds);
  } finally {
    seeds.dispose();
  }
}

/** A new delegate, certified by an identity for as long as may be; an online key of the folder is not touched. */
export async function createDelegate(folder: KeyFolder, identity: SigningKey, nowSeconds: number): Promise<void> {
  const delegate = await createSigningKey(folder, "delegate", keyPaths.delegate);
  const validity = { notBefore: nowSeconds, notAfter: nowSeconds + maxLifetimeSeconds.delegate };
  writePublicFile(folder, "certificate", await issueCertificate(identity, delegate.publicKey, validity));
  delegate.dispose();
}

/** The first bundle: a key for now and one for tomorrow. */
export async function publishFirstBundle(
  folder: KeyFolder,
  origins: readonly string[],
  nowSeconds: number,
): Promise<Bundle> {
  const keys = [await createOnlineKey(folder, nowSeconds), await createOnlineKey(folder, nowSeconds + rotationSeconds)];
  return sign(folder, { version: 1, origins, keys, revokedKids: [] }, nowSeconds);
}

/**
 * Signs the bundle that follows the one in the folder, and erases online keys whose dates are over or that are revoked. A
 * key stays published as long as a bundle that named it may be in use (KB-1.6).
 */
export async function publishNextBundle(
  folder: KeyFolder,
  changes: BundleChanges,
  nowSeconds: number,
): Promise<Bundle> {
  const before = parseBundle(readPublicFile(folder, "bundle"));
  const revokedKids = new Set(before.revokedKids.map(kidText));
  if (changes.revokedKid !== undefined) revokedKids.add(changes.revokedKid);
  const keys: PublishedKey[] = [];
  for (const key of before.keys) {
    const kid = kidText(await kidOf(nodePrimitives, key.publicKey));
    if (!revokedKids.has(kid) && key.notAfter >= nowSeconds) keys.push(key);
  }
  const newest = Math.max(nowSeconds - rotationSeconds, ...keys.map(({ notBefore }) => notBefore));
  const begins = { next: Math.max(nowSeconds, newest + rotationSeconds), now: nowSeconds };
  if (changes.newKey !== undefined) {
    makeRoom(keys, changes.newKey, nowSeconds);
    keys.push(await createOnlineKey(folder, begins[changes.newKey]));
  }
  const content = {
    version: before.version + 1,
    origins: changes.origins ?? before.origins,
    keys,
    revokedKids: [...revokedKids].slice(-maxRevokedKids),
  };
  const bundle = await sign(folder, content, nowSeconds);
  const published = await Promise.all(
    keys.map(async ({ publicKey }) => kidText(await kidOf(nodePrimitives, publicKey))),
  );
  for (const kid of onlineKids(folder)) if (!published.includes(kid)) eraseOnlineKey(folder, kid);
  return bundle;
}

/** A kid in 16 hexadecimal characters. */
export function kidText(kid: Uint8Array): string {
  return Buffer.from(kid).toString("hex");
}

/**
 * Room for one more key in a full bundle. A revocation must never fail for want of it: the key that would begin last goes,
 * which nobody uses yet. A next key can wait.
 *
 * @throws CliError `configuration` for a next key, or where every key is in use
 */
function makeRoom(keys: PublishedKey[], newKey: "next" | "now", nowSeconds: number): void {
  if (keys.length < maxPublishedKeys) return;
  const last = keys.toSorted((one, other) => one.notBefore - other.notBefore).at(-1) as PublishedKey;
  if (newKey === "next" || last.notBefore <= nowSeconds) {
    throw new CliError("configuration", `a bundle holds ${maxPublishedKeys} keys, and it is full: rotate once a day`);
  }
  keys.splice(keys.indexOf(last), 1);
}

/** As many as a bundle holds; a key that was revoked longer ago has expired meanwhile. */
const maxRevokedKids = 64;

async function createOnlineKey(folder: KeyFolder, notBefore: number): Promise<PublishedKey> {
  // Long enough for the day in which it is newest and for the bundles of that day.
  const validity = { notBefore, notAfter: notBefore + rotationSeconds + maxLifetimeSeconds.bundle };
  const content = generateOnlineKeyContent(validity);
  try {
    const { kid, publicKey, privateKey } = await importOnlineKey(nodePrimitives, content);
    privateKey.dispose();
    await writeSecret(folder, "online", onlineKeyPath(kidText(kid)), content);
    return { publicKey, ...validity };
  } finally {
    content.dispose();
  }
}

async function sign(
  folder: KeyFolder,
  content: {
    readonly version: number;
    readonly origins: readonly string[];
    readonly keys: readonly PublishedKey[];
    readonly revokedKids: readonly string[];
  },
  nowSeconds: number,
): Promise<Bundle> {
  const certificate = readPublicFile(folder, "certificate");
  const bundle: Bundle = {
    ...content,
    revokedKids: content.revokedKids.map((kid) => new Uint8Array(Buffer.from(kid, "hex"))),
    notBefore: nowSeconds,
    notAfter: Math.min(nowSeconds + maxLifetimeSeconds.bundle, parseCertificate(certificate).notAfter),
    minimumProtocol: 1,
    certificate,
    revocations: hasFile(folder, "revocation") ? [readPublicFile(folder, "revocation")] : [],
  };
  const delegate = await loadSigningKey(folder, "delegate", keyPaths.delegate);
  try {
    writePublicFile(folder, "bundle", await issueBundle(delegate, bundle));
    return bundle;
  } finally {
    delegate.dispose();
  }
}

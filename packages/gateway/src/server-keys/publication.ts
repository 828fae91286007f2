import { equalBytes } from "@wardwire/crypto/bytes";
import { type Bundle, issueBundle, maxPublishedKeys, type PublishedKey } from "@wardwire/crypto/keys/bundle";
import { generateOnlineKeyContent, importOnlineKey } from "@wardwire/crypto/keys/online-key";
import { isValidAt, maxLifetimeSeconds, toleratedSkewSeconds } from "@wardwire/crypto/keys/validity";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { GatewayError } from "../gateway-error.ts";
import {
  earlierBundlePath,
  explained,
  type KeyStore,
  keyPaths,
  onlineKeyPath,
  onlineKids,
  sealSecret,
} from "./key-store.ts";
import {
  earlierVersions,
  hex,
  kidText,
  type PublishedBundle,
  readBundle,
  readEarlierBundles,
} from "./published-bundles.ts";
import { loadDelegate } from "./signing-keys.ts";

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

/** The first bundle: a key for now and one for tomorrow. Hold the lock of the files. */
export async function publishFirstBundle(
  store: KeyStore,
  origins: readonly string[],
  nowSeconds: number,
): Promise<void> {
  await withDelegate(store, nowSeconds, async (certified) => {
    const keys = [await createOnlineKey(store, nowSeconds), await createOnlineKey(store, nowSeconds + rotationSeconds)];
    await sign(store, certified, { version: 1, origins, keys, revokedKids: [] }, nowSeconds);
  });
}

/**
 * Signs the bundle that follows the one in the folder, which stays beside it until it ends, and erases online keys that no
 * bundle names any more or that are revoked (KB-1.6). Hold the lock of the files.
 *
 * @throws GatewayError as `loadDelegate`; `server-keys-conflict` for a next key in a full bundle
 */
export async function publishNextBundle(store: KeyStore, changes: BundleChanges, nowSeconds: number): Promise<void> {
  await withDelegate(store, nowSeconds, (certified) => signNextBundle(store, certified, changes, nowSeconds));
  await tidy(store, nowSeconds);
}

async function signNextBundle(
  store: KeyStore,
  certified: CertifiedDelegate,
  changes: BundleChanges,
  nowSeconds: number,
): Promise<void> {
  const before = await readBundle(store.files);
  const revokedKids = new Set(before.bundle.revokedKids.map(hex));
  if (changes.revokedKid !== undefined) revokedKids.add(changes.revokedKid);
  const keys = await keysToName(before.bundle.keys, revokedKids, nowSeconds);
  const isUsable = keys.some((key) => isValidAt(key, nowSeconds, 0));
  const newKey = isUsable ? changes.newKey : "now";
  if (newKey !== undefined) {
    const newest = Math.max(nowSeconds - rotationSeconds, ...keys.map(({ notBefore }) => notBefore));
    const begins = { next: Math.max(nowSeconds, newest + rotationSeconds), now: nowSeconds };
    makeRoom(keys, newKey, nowSeconds);
    keys.push(await createOnlineKey(store, begins[newKey]));
  }
  const origins = changes.origins ?? before.bundle.origins;
  const content = { version: before.bundle.version + 1, origins, keys, revokedKids: [...revokedKids] };
  store.files.replace(earlierBundlePath(before.bundle.version), before.bytes);
  await sign(store, certified, content, nowSeconds);
}

/** A bundle that is a day old is followed by another, with a next key if the newest one has come into use (KB-1.6). */
export function changesDue({ notBefore, keys }: Bundle, nowSeconds: number): BundleChanges | undefined {
  const hasNext = keys.some((key) => key.notBefore > nowSeconds);
  // A full bundle has a next key, unless somebody set the clock: then it is signed anew until there is room.
  if (!hasNext && keys.length < maxPublishedKeys) return { newKey: "next" };
  return nowSeconds >= notBefore + rotationSeconds ? {} : undefined;
}

/**
 * The keys of a bundle that the next one names too: those that a client may come to use, within what its clock may differ by.
 * A key that another has replaced is named no more, and is good for those who have an earlier bundle.
 */
async function keysToName(
  keys: readonly PublishedKey[],
  revokedKids: ReadonlySet<string>,
  nowSeconds: number,
): Promise<PublishedKey[]> {
  const live: PublishedKey[] = [];
  for (const key of keys) {
    if (key.notAfter >= nowSeconds && !revokedKids.has(await kidText(key.publicKey))) live.push(key);
  }
  const settled = nowSeconds - toleratedSkewSeconds.bundle;
  const inUse = Math.max(...live.map(({ notBefore }) => notBefore).filter((notBefore) => notBefore <= settled));
  return live.filter(({ notBefore }) => notBefore >= inUse);
}

/**
 * Room for one more key in a full bundle. A revocation must never fail for want of it: the key that would begin last goes,
 * which nobody uses yet. A next key can wait.
 *
 * @throws GatewayError `server-keys-conflict` for a next key, or where every key is in use
 */
function makeRoom(keys: PublishedKey[], newKey: "next" | "now", nowSeconds: number): void {
  if (keys.length < maxPublishedKeys) return;
  const last = keys.toSorted((one, other) => one.notBefore - other.notBefore).at(-1) as PublishedKey;
  if (newKey === "next" || last.notBefore <= nowSeconds) {
    const full = `a bundle holds ${maxPublishedKeys} keys, and it is full`;
    throw new GatewayError("server-keys-conflict", `${full}: rotate once a day`);
  }
  keys.splice(keys.indexOf(last), 1);
}

/** As many as a bundle holds; a key that was revoked longer ago has expired meanwhile. */
const maxRevokedKids = 64;

async function createOnlineKey(store: KeyStore, notBefore: number): Promise<PublishedKey> {
  // Long enough for the day in which it is newest and for the bundles of that day.
  const validity = { notBefore, notAfter: notBefore + rotationSeconds + maxLifetimeSeconds.bundle };
  const content = generateOnlineKeyContent(validity);
  try {
    const { publicKey, privateKey } = await importOnlineKey(nodePrimitives, content);
    privateKey.dispose();
    await sealSecret(store, "online", onlineKeyPath(await kidText(publicKey)), content);
    return { publicKey, ...validity };
  } finally {
    content.dispose();
  }
}

/** Runs what publishes a bundle. The delegate comes first: without it no key is made that no bundle would name. */
async function withDelegate(
  store: KeyStore,
  nowSeconds: number,
  publish: (certified: CertifiedDelegate) => Promise<void>,
): Promise<void> {
  const certified = await loadDelegate(store, nowSeconds);
  try {
    await publish(certified);
  } finally {
    certified.delegate.dispose();
  }
}

type CertifiedDelegate = Awaited<ReturnType<typeof loadDelegate>>;

async function sign(
  { files }: KeyStore,
  { delegate, certificate, notAfter }: CertifiedDelegate,
  content: {
    readonly version: number;
    readonly origins: readonly string[];
    readonly keys: readonly PublishedKey[];
    readonly revokedKids: readonly string[];
  },
  nowSeconds: number,
): Promise<void> {
  const revocation = files.read(keyPaths.revocation, false);
  const bundle: Bundle = {
    ...content,
    revokedKids: content.revokedKids.slice(-maxRevokedKids).map((kid) => new Uint8Array(Buffer.from(kid, "hex"))),
    notBefore: nowSeconds,
    notAfter: Math.min(nowSeconds + maxLifetimeSeconds.bundle, notAfter),
    minimumProtocol: 1,
    certificate,
    revocations: revocation === undefined ? [] : [revocation],
  };
  files.replace(keyPaths.bundle, await explained(files.at(keyPaths.bundle), () => issueBundle(delegate, bundle)));
}

/** A restarted gateway reads so many bundles, whatever an operator has published in three days. */
const maxEarlierBundles = 16;

/** Erases bundles that have ended or are of another identity, and online keys that no bundle left names. */
async function tidy({ files }: KeyStore, nowSeconds: number): Promise<void> {
  const newest = await readBundle(files);
  const kept = (await readEarlierBundles(files, nowSeconds))
    .filter((earlier) => equalBytes(earlier.certificate.identity, newest.certificate.identity))
    .slice(-maxEarlierBundles);
  const versions = kept.map(({ bundle }) => bundle.version);
  for (const version of earlierVersions(files)) {
    if (!versions.includes(version)) files.remove(earlierBundlePath(version));
  }
  const named = await kidsNamedBy([...kept, newest]);
  for (const kid of newest.bundle.revokedKids) named.delete(hex(kid));
  for (const kid of onlineKids(files)) if (!named.has(kid)) files.remove(onlineKeyPath(kid));
}

async function kidsNamedBy(bundles: readonly PublishedBundle[]): Promise<Set<string>> {
  const kids = new Set<string>();
  for (const { bundle } of bundles) for (const { publicKey } of bundle.keys) kids.add(await kidText(publicKey));
  return kids;
}

import { equalBytes } from "@wardwire/crypto/bytes";
import { maxPublishedKeys } from "@wardwire/crypto/keys/bundle";
import { parseCertificate } from "@wardwire/crypto/keys/certificate";
import { type Pin, pinOf } from "@wardwire/crypto/keys/pin";
import { issueRevocation } from "@wardwire/crypto/keys/revocation";
import type { SigningKey } from "@wardwire/crypto/keys/signing-key";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { GatewayError } from "../gateway-error.ts";
import { explained, type KeyStore, keyPaths, requireFile } from "./key-store.ts";
import { publishFirstBundle, publishNextBundle } from "./publication.ts";
import { kidText, readBundle, readPins } from "./published-bundles.ts";
import { createDelegate, createIdentity, loadIdentity } from "./signing-keys.ts";

/*
 * What an operator does with server keys. Each holds the lock of the files while it writes, and what is there can be used at
 * every moment: gateways read it without a lock.
 */

/**
 * Makes all tiers of keys and the first bundle (KB-2.1).
 *
 * @throws GatewayError `server-keys-conflict` where there are keys already: nothing is ever written over
 */
export function createKeys(store: KeyStore, origins: readonly string[], nowSeconds: number): Promise<void> {
  return changing(store, async () => {
    for (const name of [keyPaths.bundle, keyPaths.currentIdentity, keyPaths.nextIdentity]) {
      if (store.files.revision(name) === undefined) continue;
      const unfinished = "the rest of keys whose making was cut off can be deleted";
      const found = `there are keys in ${store.files.at("")} already`;
      throw new GatewayError("server-keys-conflict", `${found}: choose another folder; ${unfinished}`);
    }
    const current = await createIdentity(store, "currentIdentity");
    const next = await createIdentity(store, "nextIdentity");
    const pins = [await pinOf(nodePrimitives, current.publicKey), await pinOf(nodePrimitives, next.publicKey)];
    store.files.replace(keyPaths.pins, `${pins.join("\n")}\n`);
    await createDelegate(store, current, nowSeconds);
    current.dispose();
    next.dispose();
    await publishFirstBundle(store, origins, nowSeconds);
  });
}

/**
 * Publishes a next online key (KB-1.6).
 *
 * @throws GatewayError as `publishNextBundle`
 */
export function rotateOnlineKey(store: KeyStore, nowSeconds: number): Promise<void> {
  return changing(store, () => publishNextBundle(store, { newKey: "next" }, nowSeconds));
}

/**
 * A new delegate of the current identity, and a next online key where there is room for one.
 *
 * @throws GatewayError `file-unavailable` when the identity is not there, `server-keys-conflict` when it is another than the
 *   pinned one, such as that which has been revoked
 */
export function rotateDelegate(store: KeyStore, nowSeconds: number): Promise<void> {
  return changing(store, async () => {
    const identity = await loadIdentity(store, "currentIdentity");
    try {
      await requirePinned(store, "currentIdentity", identity, (await readPins(store.files)).slice(0, 1));
      await createDelegate(store, identity, nowSeconds);
    } finally {
      identity.dispose();
    }
    const { bundle } = await readBundle(store.files);
    const hasRoom = bundle.keys.length < maxPublishedKeys;
    await publishNextBundle(store, hasRoom ? { newKey: "next" } : {}, nowSeconds);
  });
}

/**
 * Signs the same keys anew, so that the bundle is good for another 72 hours.
 *
 * @param origins instead of those it has, where given
 */
export function signBundleAnew(
  store: KeyStore,
  origins: readonly string[] | undefined,
  nowSeconds: number,
): Promise<void> {
  return changing(store, () => publishNextBundle(store, origins === undefined ? {} : { origins }, nowSeconds));
}

/**
 * Revokes an online key, in whose place another begins at once.
 *
 * @param kid 16 hexadecimal characters
 * @throws GatewayError `server-keys-conflict` for one that is not published
 */
export function revokeOnlineKey(store: KeyStore, kid: string, nowSeconds: number): Promise<void> {
  return changing(store, async () => {
    const { bundle } = await readBundle(store.files);
    const kids = await Promise.all(bundle.keys.map(({ publicKey }) => kidText(publicKey)));
    if (!kids.includes(kid)) {
      throw new GatewayError("server-keys-conflict", `${kid} is not published; there are ${kids.join(", ")}`);
    }
    await publishNextBundle(store, { newKey: "now", revokedKid: kid }, nowSeconds);
  });
}

/**
 * Revokes the current identity by the next one, which takes its place (KB-2.2). A run that was cut off is finished by another.
 *
 * @throws GatewayError `file-unavailable` when the next identity is not there, `server-keys-conflict` when it is one that nobody
 *   has pinned
 */
export function revokeIdentity(store: KeyStore, nowSeconds: number): Promise<void> {
  return changing(store, async () => {
    const { files } = store;
    const next = await loadIdentity(store, "nextIdentity");
    try {
      // The current one's too: a run that was cut off may have put it there.
      await requirePinned(store, "nextIdentity", next, await readPins(files));
      const certificate = requireFile(files, keyPaths.certificate);
      const { identity: current } = await explained(files.at(keyPaths.certificate), () =>
        parseCertificate(certificate),
      );
      // After a run that was cut off the next identity may have taken over already; it must not revoke itself.
      if (!equalBytes(current, next.publicKey)) {
        files.replace(keyPaths.revocation, await issueRevocation(nodePrimitives, next, current, nowSeconds));
      }
      await createDelegate(store, next, nowSeconds);
      await publishNextBundle(store, { newKey: "now" }, nowSeconds);
      // Both pins until here: a gateway that reads now finds a bundle of one of them.
      files.replace(keyPaths.pins, `${await pinOf(nodePrimitives, next.publicKey)}\n`);
    } finally {
      next.dispose();
    }
    const identity = files.read(keyPaths.nextIdentity, true);
    if (identity !== undefined) files.replace(keyPaths.currentIdentity, identity);
    files.remove(keyPaths.nextIdentity);
  });
}

/** Identities that have been revoked or replaced may lie in a safe still, under the same name: no client takes what they sign. */
async function requirePinned(
  { files }: KeyStore,
  file: "currentIdentity" | "nextIdentity",
  { publicKey }: SigningKey,
  pins: readonly Pin[],
): Promise<void> {
  const pin = await pinOf(nodePrimitives, publicKey);
  if (pins.includes(pin)) return;
  const found = `${files.at(keyPaths[file])} is the identity ${pin}`;
  throw new GatewayError("server-keys-conflict", `${found}: bring the one of ${pins.join(" or ")}`);
}

/**
 * Changes the files under their lock. Waits for its turn: another command or a gateway writes for some tens of milliseconds.
 *
 * @throws GatewayError `server-keys-busy` when the turn does not come
 */
export async function changing<Result>(store: KeyStore, change: () => Promise<Result>): Promise<Result> {
  for (let attempt = 0; attempt < lockAttempts; attempt += 1) {
    using lock = store.files.lock();
    if (lock !== undefined) return await change();
    await new Promise((resolve) => setTimeout(resolve, lockWaitMs));
  }
  const found = `another process keeps changing the keys in ${store.files.at("")}`;
  throw new GatewayError("server-keys-busy", `${found}: try again, and look for one that hangs`);
}

const lockWaitMs = 50;
const lockAttempts = 200;

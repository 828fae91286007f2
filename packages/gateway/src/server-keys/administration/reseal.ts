import { CryptoError } from "@wardwire/crypto/crypto-error";
import { type KeyFileKind, openKeyFile, sealKeyFile } from "@wardwire/crypto/keys/key-file";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import type { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { GatewayError } from "../../gateway-error.ts";
import { changing } from "../administration.ts";
import type { KeyFiles } from "../key-files.ts";
import {
  explained,
  historyDays,
  historyKeyPath,
  type KeyStore,
  keyPaths,
  onlineKeyPath,
  onlineKids,
} from "../key-store.ts";

/** What {@link resealKeys} has done, by names such as `online/delegate.key`. */
export interface Resealed {
  /** Sealed under the new master key now. */
  readonly resealed: readonly string[];
  /** Had been sealed under it before, by a run that was cut off or while another part of the keys was away. */
  readonly already: readonly string[];
}

/**
 * Seals every key file that is there under another master key; what the files hold stays as it is (KF-4).
 *
 * Nothing is written before all of them have been opened, and each is replaced in one step: at every moment every file is whole and
 * opens with one of the two keys. So a run that was cut off is finished by another, or taken back by one with the keys the other
 * way round. A gateway that has the old key goes on with what it has read, and needs a restart with the new one.
 *
 * @param newMaster stays the caller's
 * @throws GatewayError `server-keys-conflict` when both keys are the same, `file-unavailable` when there is no key file,
 *   `file-exposed` when others can read one, `server-keys-invalid` for one that opens with neither key: in all these cases nothing
 *   has been written
 */
export async function resealKeys(store: KeyStore, newMaster: SecretBytes): Promise<Resealed> {
  if (store.master.equals(newMaster)) {
    throw new GatewayError("server-keys-conflict", "both master keys are the same: name another file for the new one");
  }
  return await changing(store, async () => {
    const { files } = store;
    const pending: { readonly name: string; readonly content: Uint8Array }[] = [];
    const already: string[] = [];
    for (const { name, kind } of keyFilesThere(files)) {
      const content = files.read(name, true);
      // A gateway erases days of history without the lock.
      if (content === undefined) continue;
      const path = files.at(name);
      if (await opens(newMaster, kind, content)) already.push(name);
      else pending.push({ name, content: await explained(path, () => reseal(store.master, newMaster, kind, content)) });
    }
    if (pending.length + already.length === 0) {
      throw new GatewayError("file-unavailable", `there is no key file in ${files.at("")}: check the path`);
    }
    for (const { name, content } of pending) files.replace(name, content);
    return { resealed: pending.map(({ name }) => name), already };
  });
}

interface KeyFile {
  readonly name: string;
  readonly kind: KeyFileKind;
}

/** The key files in the folder; identities and the delegate may be elsewhere. */
function keyFilesThere(files: KeyFiles): readonly KeyFile[] {
  const singles: readonly KeyFile[] = [
    { name: keyPaths.currentIdentity, kind: "identity" },
    { name: keyPaths.nextIdentity, kind: "identity" },
    { name: keyPaths.delegate, kind: "delegate" },
  ];
  return [
    ...singles.filter(({ name }) => files.revision(name) !== undefined),
    ...onlineKids(files).map((kid): KeyFile => ({ name: onlineKeyPath(kid), kind: "online" })),
    ...historyDays(files).map((day): KeyFile => ({ name: historyKeyPath(day), kind: "history" })),
  ];
}

async function opens(master: SecretBytes, kind: KeyFileKind, content: Uint8Array): Promise<boolean> {
  try {
    (await openKeyFile(nodePrimitives, master, kind, content)).dispose();
    return true;
  } catch (error) {
    if (error instanceof CryptoError) return false;
    throw error;
  }
}

async function reseal(
  master: SecretBytes,
  newMaster: SecretBytes,
  kind: KeyFileKind,
  content: Uint8Array,
): Promise<Uint8Array> {
  const secret = await openKeyFile(nodePrimitives, master, kind, content);
  try {
    return await sealKeyFile(nodePrimitives, newMaster, kind, secret);
  } finally {
    secret.dispose();
  }
}

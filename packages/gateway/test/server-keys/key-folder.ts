import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { createKeys } from "../../src/server-keys/administration.ts";
import { type KeyFiles, keyFilesIn } from "../../src/server-keys/key-files.ts";
import type { KeyStore } from "../../src/server-keys/key-store.ts";
import {
  type LoadedServerKeys,
  loadServerKeys,
  type ServerKeysOptions,
} from "../../src/server-keys/load-server-keys.ts";
import { createMasterKeyFile, loadMasterKey } from "../../src/server-keys/master-key.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";

/** What the bundles of these tests are for. */
export const origin = "https://chat.example";

/** A folder with all tiers of keys and the file of their master key; disposing of it deletes both. */
export interface KeyFolder extends Disposable {
  readonly path: string;
  readonly masterKeyFile: string;
  readonly clock: ManualClock;
  readonly files: KeyFiles;
  /** Opened under its master key, as a command opens it. */
  readonly store: KeyStore;
  /** Where something is: of the keys, or beside them. */
  at(name: string): string;
  /** Seconds since 1970. */
  now(): number;
  load(options?: ServerKeysOptions): Promise<LoadedServerKeys>;
}

/** Keys made at the beginning of a clock that stands still. */
export async function keyFolder(clock: ManualClock = new ManualClock()): Promise<KeyFolder> {
  const place = mkdtempSync(join(tmpdir(), "wardwire-keys-"));
  const path = join(place, "keys");
  const masterKeyFile = join(place, "master-key");
  createMasterKeyFile(masterKeyFile);
  const store = { files: keyFilesIn(path), master: loadMasterKey({ masterKeyFile }) };
  const now = (): number => Math.floor(clock.now() / 1_000);
  await createKeys(store, [origin], now());
  return {
    ...{ path, masterKeyFile, clock, store, now },
    files: store.files,
    at: (name) => join(path, name),
    load: (options = {}) => loadServerKeys(path, { masterKeyFile, clock, ...options }),
    [Symbol.dispose]: () => {
      store.master.dispose();
      rmSync(place, { recursive: true, force: true });
    },
  };
}

/** Another master key. */
export function otherMaster(): string {
  return SecretBytes.random(32).use((bytes) => Buffer.from(bytes).toString("base64url"));
}

/** The same files, where writing and erasing fail for good after so many times, as where the power goes. */
export function cutOffAfter(files: KeyFiles, writes: number): KeyFiles {
  let left = writes;
  const spend = (): void => {
    if (left === 0) throw new Error("cut off");
    left -= 1;
  };
  return {
    ...files,
    replace: (name, content) => {
      spend();
      files.replace(name, content);
    },
    remove: (name) => {
      spend();
      files.remove(name);
    },
  };
}

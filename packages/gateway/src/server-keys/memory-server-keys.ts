import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { type Clock, systemClock } from "../clock.ts";
import { createKeys } from "./administration.ts";
import { memoryFiles } from "./memory-files.ts";
import type { ServerKeys } from "./server-keys.ts";
import { StoredServerKeys } from "./stored-server-keys.ts";

/** What {@link memoryServerKeys} is told. */
export interface MemoryServerKeysOptions {
  /** What clients connect to, such as `https://gateway.test`. */
  readonly origins: readonly string[];
  /** The gateway's clock; the machine's when left out. */
  readonly clock?: Clock;
}

/**
 * Server keys for tests: all tiers, made here and kept nowhere else. They rotate as those of a folder do; clients pin `pins`.
 *
 * @throws CryptoError `key-bundle`, as a rejection, for origins that a bundle cannot name
 */
export async function memoryServerKeys({ origins, clock = systemClock }: MemoryServerKeysOptions): Promise<ServerKeys> {
  const store = { files: memoryFiles(), master: SecretBytes.random(32) };
  await createKeys(store, origins, Math.floor(clock.now() / 1_000));
  const keys = new StoredServerKeys(store, 0, clock);
  await keys.look();
  return keys;
}

import { type Clock, systemClock } from "../clock.ts";
import { keyFilesIn } from "./key-files.ts";
import { loadMasterKey, type MasterKeySource } from "./master-key.ts";
import type { ServerKeys } from "./server-keys.ts";
import { StoredServerKeys } from "./stored-server-keys.ts";

export type { HistoryKeks, RunningKeys, ServerKeys, ServerKeysEvent } from "./server-keys.ts";

/** What {@link loadServerKeys} is told besides the folder. */
export interface ServerKeysOptions extends MasterKeySource {
  /** How long a message may stay in any history, milliseconds: its key is erased a day later. The contract's most when left out. */
  readonly historyLifetimeMs?: number;
  /** For tests; the machine's clock when left out. */
  readonly clock?: Clock;
}

/** Server keys in a folder that others may change. */
export interface LoadedServerKeys extends ServerKeys {
  /**
   * Reads what has changed now, and not only within seconds.
   *
   * @throws GatewayError as {@link loadServerKeys}; what was there stays in force
   */
  look(): Promise<void>;
}

/**
 * Reads the keys of sealed connections that `wardwire keys init` has made. Of its folder a gateway needs `online`, never an
 * identity; it makes `history` itself. With the delegate there it publishes the next bundle each day; without, somebody else has
 * to. Several gateways may share the folder, and the command line may change it meanwhile.
 *
 * @throws GatewayError, as a rejection:
 * - `file-unavailable`: a file, the folder or the master key is missing or cannot be read, or `history` cannot be written
 * - `file-exposed`: others can read a key, or write any of it (KF-3)
 * - `server-keys-invalid`: another master key, a foreign file, or files that do not belong together
 * - `server-keys-expired`: the bundle or its delegate is outside its dates (KB-3.6)
 */
export async function loadServerKeys(folder: string, options: ServerKeysOptions = {}): Promise<LoadedServerKeys> {
  const { historyLifetimeMs = longestHistoryMs, clock = systemClock } = options;
  const store = { files: keyFilesIn(folder), master: loadMasterKey(options) };
  const keys = new StoredServerKeys(store, historyLifetimeMs, clock);
  try {
    await keys.look();
    return keys;
  } catch (error) {
    keys.close();
    throw error;
  }
}

/** The most a contract may ask of a history (`ttlMs`). */
const longestHistoryMs = 2_147_483_647;

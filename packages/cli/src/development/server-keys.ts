import { type LoadedServerKeys, loadServerKeys } from "@wardwire/gateway/server-keys";
import { createKeys, rotateDelegate, signBundleAnew } from "@wardwire/gateway/server-keys/administration";
import { keyFilesIn } from "@wardwire/gateway/server-keys/files";
import { createMasterKeyFile, loadMasterKey } from "@wardwire/gateway/server-keys/master-key";
import { hasBundle, readBundle } from "@wardwire/gateway/server-keys/published";
import { gatewayFailure } from "../gateway-failure.ts";
import { dataFile } from "./data-folder.ts";

/** Marks keys that `wardwire dev` has made, among those that gateways get; `serve` refuses them. */
export const developmentMark = "online/development";

/**
 * The keys of sealed connections of a data folder. Made when there are none, identities too; signed anew when the gateway is
 * reached under other origins, and when it has not run for so long that they have ended.
 *
 * @param origins those it is reached under; earlier ones stay, as far as there is room
 * @throws CliError `configuration` when a file is damaged, missing or open to other users
 */
export async function loadDevelopmentKeys(
  data: string,
  origins: readonly string[],
  nowMs: number,
): Promise<LoadedServerKeys> {
  const folder = dataFile(data, "serverKeys");
  const masterKeyFile = dataFile(data, "masterKey");
  try {
    await prepare(folder, masterKeyFile, origins, Math.floor(nowMs / 1_000));
    return await loadServerKeys(folder, { masterKeyFile });
  } catch (error) {
    throw gatewayFailure(error);
  }
}

async function prepare(
  folder: string,
  masterKeyFile: string,
  origins: readonly string[],
  nowSeconds: number,
): Promise<void> {
  createMasterKeyFile(masterKeyFile);
  const master = loadMasterKey({ masterKeyFile });
  const store = { files: keyFilesIn(folder), master };
  try {
    if (!hasBundle(store.files)) await make(store, origins, nowSeconds);
    const { certificate } = await readBundle(store.files);
    if (certificate.notAfter < nowSeconds + fortnightSeconds) await rotateDelegate(store, nowSeconds);
    const { bundle } = await readBundle(store.files);
    const known = origins.every((origin) => bundle.origins.includes(origin));
    if (known && bundle.notAfter > nowSeconds + daySeconds) return;
    const all = [...new Set([...origins, ...bundle.origins])].slice(0, maxOrigins);
    await signBundleAnew(store, all, nowSeconds);
  } finally {
    master.dispose();
  }
}

/** Of two gateways that start together on one folder the second uses what the first has made. */
async function make(store: KeyStore, origins: readonly string[], nowSeconds: number): Promise<void> {
  store.files.create(developmentMark, "made by wardwire dev, not for production\n");
  try {
    await createKeys(store, origins, nowSeconds);
  } catch (error) {
    if (!hasBundle(store.files)) throw error;
  }
}

type KeyStore = Parameters<typeof createKeys>[0];

const daySeconds = 86_400;
const fortnightSeconds: number = 14 * daySeconds;

/** As many as a bundle names (KB-1). */
const maxOrigins = 16;

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Contract } from "@wardwire/contract";
import { type LoadedServerKeys, loadServerKeys } from "@wardwire/gateway/server-keys";
import { CliError } from "../cli-error.ts";
import type { ServerKeysConfiguration } from "../configuration/configuration.ts";
import { resolveBeside } from "../configuration/load.ts";
import { developmentMark } from "../development/server-keys.ts";

/**
 * The keys of sealed connections that the configuration names; undefined where it names none.
 *
 * @param file the configuration file; paths are relative to its folder.
 * @param contract says how long history lives, and with it the keys of its days.
 * @throws CliError `configuration` for keys that `wardwire dev` has made; GatewayError as `loadServerKeys`.
 */
export async function readServerKeys(
  file: string,
  configured: ServerKeysConfiguration | undefined,
  contract: Contract,
): Promise<LoadedServerKeys | undefined> {
  if (configured === undefined) return undefined;
  const folder = resolveBeside(file, configured.folder);
  if (existsSync(join(folder, developmentMark))) {
    const expected = "expected the folder of `wardwire keys init`";
    throw new CliError("configuration", `serverKeys.folder: made by wardwire dev, not for production; ${expected}`);
  }
  const { masterKeyFile } = configured;
  return loadServerKeys(folder, {
    ...(masterKeyFile === undefined ? {} : { masterKeyFile: resolveBeside(file, masterKeyFile) }),
    historyLifetimeMs: longestHistoryMs(contract),
  });
}

function longestHistoryMs({ definition }: Contract): number {
  return Math.max(0, ...Object.values(definition.channels).map(({ history }) => history?.ttlMs ?? 0));
}

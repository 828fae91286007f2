import { createGateway } from "@wardwire/gateway";
import { loadAdminCredential, noteAdminUrl } from "../admin/access.ts";
import type { AdminApi } from "../admin/api.ts";
import { openAdminListener } from "../admin-listener.ts";
import { loadConfiguration, resolveBeside } from "../configuration/load.ts";
import { configurationError } from "../configuration/problem.ts";
import { openDataFolder } from "../development/data-folder.ts";
import type { Outcome } from "../exit-codes.ts";
import { gatewayFailure } from "../gateway-failure.ts";
import { loadApplication } from "../production/application.ts";
import { createAuthenticate, readTlsFiles } from "../production/material.ts";
import { listenForStop } from "../stop-request.ts";

/** The options of `wardwire serve`, parsed. */
export interface ServeOptions {
  readonly config: string;
}

/**
 * Runs a production gateway until it is told to stop. Its log is JSON lines on standard error.
 *
 * @throws CliError `configuration` for whatever is wrong with the configuration or the files it names.
 */
export async function serve({ config: file }: ServeOptions): Promise<Outcome> {
  const loaded = loadConfiguration(file, process.env);
  if (!loaded.ok) throw configurationError(file, loaded.problems);
  const { listen, admin, tls, jwt, allowedOrigins, trustedProxies, limits, application } = loaded.configuration;
  using stop = listenForStop();
  const { cert, key } = readTlsFiles(file, tls);
  const { contract, authorize, commands } = await loadApplication(resolveBeside(file, application));
  try {
    const authenticate = createAuthenticate(file, jwt);
    const options = { contract, authorize, commands, authenticate, allowedOrigins, trustedProxies, limits };
    const gateway = createGateway(options);
    await using running = await gateway.listen({
      ...listen,
      tls: { cert, key, profile: tls.profile, postQuantum: tls.postQuantum },
    });
    const dataFolder = admin.dataFolder === undefined ? undefined : resolveBeside(file, admin.dataFolder);
    const api = dataFolder === undefined ? {} : { api: openAdminApi(dataFolder, gateway.revoke) };
    await using listener = await openAdminListener([admin.port], { isReady: () => !stop.signal.aborted, ...api });
    if (dataFolder !== undefined) noteAdminUrl(dataFolder, listener.url);
    return await Promise.race([stop.outcome, running.closed.then((): Outcome => "ok")]);
  } catch (error) {
    throw gatewayFailure(error);
  }
}

/** The admin API, whose credential is made in a folder of its own when there is none. */
function openAdminApi(folder: string, revoke: AdminApi["revoke"]): AdminApi {
  openDataFolder(folder);
  return { credential: loadAdminCredential(folder), revoke };
}

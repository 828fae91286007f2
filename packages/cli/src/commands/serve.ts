import type { Cluster } from "@wardwire/cluster/cluster";
import { createGateway } from "@wardwire/gateway";
import { noteAdminUrl } from "../admin/access.ts";
import { openAdminApi } from "../admin/open-api.ts";
import { openAdminListener } from "../admin-listener.ts";
import type { Configuration } from "../configuration/configuration.ts";
import { loadConfiguration, resolveBeside } from "../configuration/load.ts";
import { configurationError } from "../configuration/problem.ts";
import type { Outcome } from "../exit-codes.ts";
import { gatewayFailure } from "../gateway-failure.ts";
import { hostsOf } from "../https-origin.ts";
import { watchForCrashes } from "../process/last-resort.ts";
import { listenForStop } from "../process/stop-request.ts";
import { loadApplication } from "../production/application.ts";
import { readAudit } from "../production/audit.ts";
import { readClientCertificates } from "../production/client-certificates.ts";
import { openEngine } from "../production/engine.ts";
import { createAuthenticate, readTlsFiles } from "../production/material.ts";
import { reloadOnHangup } from "../production/reload.ts";
import { readServerKeys } from "../production/server-keys.ts";
import { readWebhooks } from "../production/webhooks.ts";

/** The options of `wardwire serve`, parsed. */
export interface ServeOptions {
  readonly config: string;
}

/**
 * Runs a production gateway until it is told to stop; on SIGHUP it reads its address lists and server keys again. Its log is
 * JSON lines on standard error.
 *
 * @returns `internal` when an error nobody handled has ended it.
 * @throws CliError `configuration` for whatever is wrong with the configuration or the files it names.
 */
export async function serve({ config: file }: ServeOptions): Promise<Outcome> {
  const loaded = loadConfiguration(file, process.env);
  if (!loaded.ok) throw configurationError(file, loaded.problems);
  const { configuration } = loaded;
  using stop = listenForStop();
  try {
    await using engine = await openEngine(file, configuration.engine);
    const { gateway, tls, serverKeys } = await createFrom(file, configuration, engine?.cluster);
    using lastResort = watchForCrashes(gateway);
    await using _closing = { [Symbol.asyncDispose]: () => gateway.close() };
    const running = await gateway.listen({ ...configuration.listen, tls });
    using _reloading = reloadOnHangup(file, gateway, serverKeys);
    const { admin } = configuration;
    const dataFolder = admin.dataFolder === undefined ? undefined : resolveBeside(file, admin.dataFolder);
    const api = dataFolder === undefined ? {} : { api: openAdminApi(dataFolder, gateway) };
    await using listener = await openAdminListener([admin.port], {
      isReady: () => !stop.signal.aborted,
      problems: () => gateway.problems,
      ...api,
    });
    if (dataFolder !== undefined) noteAdminUrl(dataFolder, listener.url);
    return await Promise.race([stop.outcome, lastResort.crashed, running.closed.then((): Outcome => "ok")]);
  } catch (error) {
    throw gatewayFailure(error);
  }
}

/** Makes a gateway of the configuration, the files it names and the application's module; it does not listen yet. */
async function createFrom(file: string, configuration: Configuration, cluster: Cluster | undefined) {
  const { application, tls, jwt, clientCertificates, audit, idleTimeoutMs } = configuration;
  const { allowedOrigins, allowedHosts = hostsOf(allowedOrigins), trustedProxies, addresses } = configuration;
  const { limits, dryRun, signals } = configuration;
  const { cert, key } = readTlsFiles(file, tls);
  const clients = readClientCertificates(file, clientCertificates, createAuthenticate(file, jwt));
  using posts = readWebhooks(file, configuration.webhooks);
  const loaded = await loadApplication(resolveBeside(file, application));
  using unmade = new DisposableStack();
  const serverKeys = await readServerKeys(file, configuration.serverKeys, loaded.contract);
  unmade.defer(() => serverKeys?.close());
  const gateway = createGateway({
    ...loaded,
    authenticate: clients.authenticate,
    ...{ allowedOrigins, allowedHosts, trustedProxies, addresses, limits, dryRun, signals },
    webhooks: posts.webhooks,
    ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
    ...(audit === undefined ? {} : { audit: await readAudit(file, audit) }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(serverKeys === undefined ? {} : { serverKeys }),
  });
  // The gateway closes them from now on.
  unmade.move();
  const { profile, postQuantum, hstsMaxAgeSeconds } = tls;
  return { gateway, serverKeys, tls: { cert, key, profile, postQuantum, hstsMaxAgeSeconds, ...clients.tls } };
}

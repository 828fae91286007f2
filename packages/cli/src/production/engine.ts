import type { Cluster } from "@wardwire/cluster/cluster";
import { sqlite } from "@wardwire/cluster/sqlite";
import type { EngineConfiguration } from "../configuration/configuration.ts";
import { resolveBeside } from "../configuration/load.ts";

/** An engine that was opened for a gateway; to be disposed of after the gateway has been closed. */
export interface OpenedEngine extends AsyncDisposable {
  readonly cluster: Cluster;
}

/**
 * Opens what the configuration names as `engine`; nothing where it names none.
 *
 * @param file the configuration file; paths are relative to its folder.
 * @throws ClusterError as a rejection: `in-use`, `cannot-open`, `read-only`, `full`, `corrupt`, `incompatible`.
 */
export async function openEngine(
  file: string,
  engine: EngineConfiguration | undefined,
): Promise<OpenedEngine | undefined> {
  if (engine === undefined) return undefined;
  const cluster = await sqlite({ ...engine.sqlite, file: resolveBeside(file, engine.sqlite.file) });
  return { cluster, [Symbol.asyncDispose]: () => cluster.close() };
}

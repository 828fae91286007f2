import type { Gateway } from "@wardwire/gateway";
import type { LoadedServerKeys } from "@wardwire/gateway/server-keys";
import { loadConfiguration } from "../configuration/load.ts";
import { configurationError } from "../configuration/problem.ts";

/**
 * Puts the `addresses` of the configuration file in force again on each SIGHUP, for connected clients too (R22), and what has
 * changed among the server keys. Nothing else is read again. A file with any problem changes nothing, and the log says so.
 */
export function reloadOnHangup(
  file: string,
  gateway: Reloadable,
  serverKeys: LoadedServerKeys | undefined,
): Disposable {
  const failed = (error: unknown): void => gateway.report({ event: "failure", where: "reload", error });
  const onHangup = (): void => {
    serverKeys?.look().catch(failed);
    try {
      const loaded = loadConfiguration(file, process.env);
      if (!loaded.ok) throw configurationError(file, loaded.problems);
      gateway.setAddressLists(loaded.configuration.addresses);
    } catch (error) {
      failed(error);
    }
  };
  process.on("SIGHUP", onHangup);
  return { [Symbol.dispose]: () => void process.off("SIGHUP", onHangup) };
}

type Reloadable = Pick<Gateway<never>, "setAddressLists" | "report">;

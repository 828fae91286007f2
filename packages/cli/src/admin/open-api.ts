import type { Contract } from "@wardwire/contract";
import type { Gateway } from "@wardwire/gateway";
import { openDataFolder } from "../development/data-folder.ts";
import { loadCredential } from "./access.ts";
import type { AdminApi } from "./api.ts";

/** The admin API of a gateway, whose credentials are made in a data folder where they are missing. */
export function openAdminApi<C extends Contract>(folder: string, gateway: Gateway<C>): AdminApi {
  openDataFolder(folder);
  // Names and data come from outside here, and the gateway checks them by its contract.
  const { publish, revoke, metrics } = gateway as unknown as Gateway<Contract>;
  const credential = loadCredential(folder, "adminCredential");
  return {
    revocations: { credential, revoke },
    metrics: { credential, metrics },
    publications: { credential: loadCredential(folder, "publishCredential"), publish },
  };
}

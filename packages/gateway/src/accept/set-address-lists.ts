import type { Core } from "../core.ts";
import type { AddressLists } from "./address-gate.ts";

/**
 * Puts other address lists in force, closes whoever they no longer let in, and says so (R22).
 *
 * @throws GatewayError `invalid-options`; nothing has changed then.
 */
export function setAddressLists(core: Core, lists: AddressLists): void {
  core.addressGate.replace(lists);
  let closed = 0;
  for (const connection of [...core.connections.all]) {
    if (core.addressGate.admits(connection.admission.address)) continue;
    connection.close("revoked", "this address is no longer allowed here");
    closed += 1;
  }
  core.observe({ event: "addresses-changed", closed });
}

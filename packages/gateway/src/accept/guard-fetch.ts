import type { Core } from "../core.ts";
import type { HostHandlers } from "../host/socket-host.ts";
import { hostAllowed, misdirected } from "./allowed-hosts.ts";
import { plainAnswer } from "./plain-answer.ts";

type Fetch = NonNullable<HostHandlers["fetch"]>;

/** Puts the address lists (R22) and the Host allowlist (R15) before what answers ordinary HTTP requests. */
export function guardFetch(core: Core, fetch: Fetch): Fetch {
  return (request, remoteAddress) => {
    const forwardedFor = request.headers.get("x-forwarded-for") ?? undefined;
    if (!core.addressGate.admits(core.clientAddress(remoteAddress, forwardedFor))) {
      return plainAnswer(403, "this address is not allowed here");
    }
    if (!hostAllowed(core.allowedHosts, request.headers.get("host") ?? undefined)) {
      return plainAnswer(misdirected.status, misdirected.body);
    }
    return fetch(request, remoteAddress);
  };
}

import { type Admission, Connection } from "../connection/connection.ts";
import type { Core } from "../core.ts";
import type { HostSocket, SocketEvents } from "../host/socket-host.ts";
import { SealedSocket } from "./sealed-socket.ts";
import type { Sealing } from "./sealing.ts";

/** Opens a connection above records; gives what hears the host's socket. */
export function openSealed(core: Core, sealing: Sealing, socket: HostSocket, admission: Admission): SocketEvents {
  const { clock, limits, observe, budgets } = core;
  const { address, ended } = admission;
  const sealed = new SealedSocket({ clock, limits, observe, budgets, sealing }, socket, address, ended);
  const connection: Connection = new Connection(core, sealed, {
    ...admission,
    sealed,
    // The connection may end before its socket does.
    ended: () => {},
    authenticated: () => {
      // Whatever was queued before is no part of AUTH_OK, which begins with `connected`.
      connection.outbox.flush();
      sealed.granted();
      admission.authenticated();
    },
  });
  sealed.serve(connection);
  return sealed;
}

import type { IncomingMessage } from "node:http";
import type { Server } from "node:net";
import type { Duplex } from "node:stream";
import { systemErrorCode } from "./listen-error.ts";
import type { ListenOptions } from "./listen-options.ts";
import { fetchListener } from "./node/http-fetch.ts";
import { createHttpServer } from "./node/http-server.ts";
import { IncompleteMessages } from "./node/incomplete-messages.ts";
import { boundAddress, ConnectionBudget, listenOnAll } from "./node/listeners.ts";
import { upgradeListener } from "./node/upgrade.ts";
import type { HostHandlers, HostLimits, SocketHost } from "./socket-host.ts";

/** The default host: ws over node:https. */
export interface NodeHost {
  /**
   * Listens on every address of `options`. May be called more than once; `maxConnections` counts all together.
   * @throws GatewayError `port-in-use`, `address-unavailable`, `permission-denied`, `bad-certificate`
   */
  listen(options: ListenOptions): Promise<SocketHost>;
  /**
   * Takes the `upgrade` event of an HTTP server of one's own. TLS, timeouts and connection limits are that server's;
   * the opening handshake and everything behind it is as with `listen`. Never throws.
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Bytes held of messages whose end has not come. */
  readonly incompleteBytes: number;
}

/** A host on Node: `handlers` hears of every handshake, request and problem, within `limits`. */
export function nodeHost(handlers: HostHandlers, limits: HostLimits): NodeHost {
  const incomplete = new IncompleteMessages(limits);
  const upgrade = upgradeListener(handlers, limits, incomplete);
  const fetch = fetchListener(handlers);
  const budget = new ConnectionBudget(limits, handlers);
  const listening = (server: Server) => {
    budget.add(server);
    // Accepting can fail later, for want of file descriptors; the server goes on.
    server.on("error", (error) => {
      const code = systemErrorCode(error);
      const what = `could not accept a connection: ${error.message}`;
      handlers.problem({ what, ...(code !== undefined && { code }) });
    });
  };
  return {
    listen: async ({ port, hosts, tls, signal }) => {
      const create = () => createHttpServer(tls, limits, handlers, fetch, upgrade);
      const host = listeningHost(await listenOnAll(create, listening, hosts, port), budget);
      if (signal?.aborted) await host.close();
      signal?.throwIfAborted();
      return host;
    },
    handleUpgrade: (request, socket, head) => upgrade(request, socket, head, { headers: {} }),
    get incompleteBytes() {
      return incomplete.bytes;
    },
  };
}

function listeningHost(servers: readonly Server[], budget: ConnectionBudget): SocketHost {
  const addresses = servers.map(boundAddress);
  const closed = Promise.all(servers.map((server) => new Promise((resolve) => server.once("close", resolve))));
  const stopAccepting = () => {
    for (const server of servers) server.close();
  };
  return {
    addresses,
    stopAccepting,
    close: async () => {
      stopAccepting();
      for (const server of servers) budget.destroyAll(server);
      await closed;
    },
  };
}

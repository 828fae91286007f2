import { once } from "node:events";
import type { Server, Socket } from "node:net";
import { GatewayError } from "../../gateway-error.ts";
import { addressKey } from "../../limits/address-key.ts";
import { ConnectionCounts, type Release } from "../../limits/connection-counts.ts";
import { listenError, systemErrorCode } from "../listen-error.ts";
import type { ListenAddress } from "../listen-options.ts";
import type { HostHandlers, HostLimits } from "../socket-host.ts";
import { remoteAddressOf } from "./peer.ts";

/**
 * Makes one server listen on each address, all on the same port.
 * @param create makes a server that is not yet listening
 * @param listening is told of each server as soon as it listens, before its first connection
 * @throws GatewayError `port-in-use`, `permission-denied`, `address-unavailable`; nothing listens then
 */
export async function listenOnAll(
  create: () => Server,
  listening: (server: Server) => void,
  hosts: readonly ListenAddress[],
  port: number,
): Promise<readonly Server[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listenOnce(create, listening, hosts, port);
    } catch (error) {
      // A port the system chose for the first address can be taken on the next one.
      const chosenBySystem = port === 0 && error instanceof GatewayError && error.code === "port-in-use";
      if (!chosenBySystem || attempt === maxAttempts) throw error;
    }
  }
}

/**
 * Counts TCP connections over several servers, so that together they stay within one limit, and those of one address within
 * another: silent ones cost it nothing else, and would lock everybody out (R30).
 */
export class ConnectionBudget {
  readonly #max: number;
  readonly #perPeer: ConnectionCounts;
  readonly #handlers: Pick<HostHandlers, "isProxy" | "problem">;
  readonly #open = new Map<Server, Set<Socket>>();

  constructor(
    { maxConnections, maxConnectionsPerPeer }: Pick<HostLimits, "maxConnections" | "maxConnectionsPerPeer">,
    handlers: Pick<HostHandlers, "isProxy" | "problem">,
  ) {
    this.#max = maxConnections;
    this.#perPeer = new ConnectionCounts({ maxPerKey: maxConnectionsPerPeer, maxTotal: maxConnections });
    this.#handlers = handlers;
  }

  /** Counts the connections of `server` from now on, until it has closed. */
  add(server: Server): void {
    const sockets = new Set<Socket>();
    this.#open.set(server, sockets);
    server.on("connection", (socket) => {
      const release = this.#placeFor(socket);
      if (release === undefined) {
        socket.destroy();
        return;
      }
      sockets.add(socket);
      this.#share();
      socket.once("close", () => {
        release();
        sockets.delete(socket);
        this.#share();
      });
    });
    server.once("close", () => {
      this.#open.delete(server);
      this.#share();
    });
    this.#share();
  }

  /** Cuts every open connection of `server`. */
  destroyAll(server: Server): void {
    for (const socket of this.#open.get(server) ?? []) socket.destroy();
  }

  #placeFor(socket: Socket): Release | undefined {
    const remoteAddress = remoteAddressOf(socket) ?? "";
    if (this.#handlers.isProxy?.(remoteAddress) === true) return () => undefined;
    const place = this.#perPeer.acquire(addressKey(remoteAddress));
    if (place === undefined) {
      this.#handlers.problem({ what: "closed a new connection: too many of its address are open", remoteAddress });
    }
    return place;
  }

  /** Gives each server what the others leave: Node then closes what is over it before any TLS work. */
  #share(): void {
    let total = 0;
    for (const sockets of this.#open.values()) total += sockets.size;
    for (const [server, sockets] of this.#open) server.maxConnections = this.#max - (total - sockets.size);
  }
}

/** The address a listening server is bound to. */
export function boundAddress(server: Server): { readonly address: string; readonly port: number } {
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("the server does not listen on TCP");
  return { address: address.address, port: address.port };
}

const maxAttempts = 8;

async function listenOnce(
  create: () => Server,
  listening: (server: Server) => void,
  hosts: readonly ListenAddress[],
  port: number,
): Promise<readonly Server[]> {
  const servers: Server[] = [];
  let lacking: unknown;
  try {
    for (const host of hosts) {
      const [first] = servers;
      const bound = await bind(create(), host, first ? boundAddress(first).port : port);
      if ("lacking" in bound) {
        lacking = bound.lacking;
      } else {
        servers.push(bound.server);
        listening(bound.server);
      }
    }
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
  if (servers.length > 0) return servers;
  throw lacking ?? new GatewayError("address-unavailable", "hosts is empty: give at least one address to listen on");
}

async function bind(
  server: Server,
  { address, optional }: ListenAddress,
  port: number,
): Promise<{ readonly server: Server } | { readonly lacking: unknown }> {
  try {
    server.listen({ host: address, port, ipv6Only: true });
    await once(server, "listening");
    return { server };
  } catch (cause) {
    const error = listenError(cause, address, port);
    if (optional && systemErrorCode(error) === "address-unavailable") return { lacking: error };
    throw error;
  }
}

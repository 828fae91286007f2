import { createConnection, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import type { Address, Target } from "../target.ts";
import { whenReady } from "./byte-stream.ts";
import { connectThrough, type HttpProxy } from "./proxy.ts";

/** How to reach a target. */
export interface Route {
  readonly target: Target;
  readonly proxy?: HttpProxy;
  /** Where to connect instead of the target's host and port. */
  readonly connectTo?: Address;
  /** PEM authorities to trust instead of the system's. */
  readonly ca?: string;
  /** PEM certificate and key to show to the server. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

/** How long a step may take, and who may stop it. */
export interface Patience {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * A TCP connection to the target, through the proxy if there is one.
 *
 * @param port another than the target's.
 * @throws ProbeFailure when there is none in time.
 */
export async function dialTcp(route: Route, patience: Patience, port: number = addressOf(route).port): Promise<Socket> {
  const { host } = addressOf(route);
  if (route.proxy !== undefined) return connectThrough(route.proxy, host, port, patience);
  const socket = createConnection({ host, port });
  await whenReady(socket, "connect", { what: `the connection to port ${port}`, ...patience });
  return socket;
}

/** Where the target is connected to. */
export function addressOf({ connectTo, target }: Pick<Route, "connectTo" | "target">): Address {
  return connectTo ?? target;
}

/**
 * A TLS connection to the target. It completes with any certificate and with protocols and suites nobody should use any
 * more, since telling about them is what it is for; nothing confidential may be sent unless `authorized` is
 * true.
 *
 * @throws ProbeFailure when there is none in time.
 */
export async function dialTls(
  route: Route,
  patience: Patience,
  { options = {}, below, prepare }: TlsDial = {},
): Promise<TLSSocket> {
  const socket = connectTls({
    socket: below ?? (await dialTcp(route, patience)),
    host: route.target.host,
    ...(route.target.servername !== undefined && { servername: route.target.servername }),
    ...(route.ca !== undefined && { ca: route.ca }),
    ...route.certificate,
    minVersion: "TLSv1",
    ciphers: "ALL:@SECLEVEL=0",
    ALPNProtocols: ["http/1.1"],
    ...options,
    // Whether the certificate is trusted is what the scan finds out; see the docstring.
    rejectUnauthorized: false,
  });
  prepare?.(socket);
  await whenReady(socket, "secureConnect", { what: "the TLS handshake", ...patience });
  return socket;
}

/** How a TLS connection differs from the usual one. */
export interface TlsDial {
  readonly options?: ConnectionOptions;
  /** The connection to speak TLS over; a new one when left out. */
  readonly below?: Duplex;
  /** Is given the socket before its handshake. */
  readonly prepare?: (socket: TLSSocket) => void;
}

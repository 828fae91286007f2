import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { TlsFacts } from "../socket-host.ts";

/**
 * The peer's IP address, an IPv4-mapped IPv6 address as IPv4 (R21); undefined once the peer is gone.
 */
export function remoteAddressOf(socket: Socket): string | undefined {
  const address = socket.remoteAddress;
  return address?.startsWith(mappedPrefix) && address.includes(".") ? address.slice(mappedPrefix.length) : address;
}

/**
 * What TLS settled on this connection; undefined without TLS.
 * @param group the key exchange group, known when the server allows only one: Node does not tell it on a server socket
 */
export function tlsFactsOf(socket: Socket, group: string | undefined): TlsFacts | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  return {
    protocol: socket.getProtocol() ?? "unknown",
    cipher: socket.getCipher().standardName,
    ...(group !== undefined && { group }),
    ...(certificate && { clientCertificate: new Uint8Array(certificate.raw) }),
  };
}

const mappedPrefix = "::ffff:";

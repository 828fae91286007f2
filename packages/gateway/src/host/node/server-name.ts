import type { X509Certificate } from "node:crypto";
import { Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import { GatewayError } from "../../gateway-error.ts";
import { remoteAddressOf } from "./peer.ts";

type SniCallback = (this: unknown, name: string, done: (error: Error | null, context?: SecureContext) => void) => void;

/**
 * Refuses a TLS client that asks for a server name which is not ours, with the alert unrecognized_name (R6): a page
 * meant for another server must not reach this one (ALPACA). Node does not call it for a client without SNI.
 * @param serverNames exact names, or undefined for the DNS names of `certificate`
 * @throws GatewayError `bad-certificate` when neither gives a name
 */
export function serverNameCallback(
  serverNames: readonly string[] | undefined,
  certificate: X509Certificate,
): SniCallback {
  const isOurs = serverNames ? listedNames(serverNames) : certifiedNames(certificate);
  return function refuseUnknownName(name, done) {
    // Never throws (R7): both parts are total, and `done` alone ends the handshake.
    if (isOurs(name)) {
      done(null);
      return;
    }
    sendUnrecognizedName(this);
    done(new UnknownServerName(name, this instanceof TLSSocket ? remoteAddressOf(this) : undefined));
  };
}

/** Why a TLS handshake was refused. It keeps the peer's address, which its socket has forgotten when this is told. */
export class UnknownServerName extends Error {
  readonly code = "unknown-server-name";
  readonly remoteAddress: string | undefined;

  constructor(name: string, remoteAddress: string | undefined) {
    super(`a TLS client asked for the unknown server name ${JSON.stringify(name.slice(0, 255))}`);
    this.remoteAddress = remoteAddress;
  }
}

const hostName = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

function listedNames(serverNames: readonly string[]): (name: string) => boolean {
  const names = new Set(serverNames.map((name) => name.toLowerCase()));
  return (name) => names.has(name.toLowerCase());
}

function certifiedNames(certificate: X509Certificate): (name: string) => boolean {
  if (certificate.subjectAltName === undefined) {
    throw new GatewayError(
      "bad-certificate",
      `the certificate of ${certificate.subject} has no subject alternative name; issue it with the server's DNS names`,
    );
  }
  return (name) => {
    const lower = name.toLowerCase();
    return hostName.test(lower) && certificate.checkHost(lower, { subject: "never" }) !== undefined;
  };
}

/** A TLS record in plain text, as alerts are before the ServerHello: alert, TLS 1.2, 2 bytes, fatal, 112. */
const unrecognizedName = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x70]);

/**
 * Node has no call for an alert of one's own and would just hang up. The handshake is refused in any case; where the
 * TLS socket lets its TCP socket be found, the client also hears why.
 */
function sendUnrecognizedName(caller: unknown): void {
  const tcp: unknown = (caller as (TLSSocket & { readonly _parent?: unknown }) | undefined)?._parent;
  if (tcp instanceof Socket && tcp.writable) tcp.write(unrecognizedName);
}

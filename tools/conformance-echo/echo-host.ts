import type { TlsListenOptions } from "../../packages/gateway/src/host/listen-options.ts";
import { nodeHost } from "../../packages/gateway/src/host/node.ts";
import type { HostLimits, HostSocket, SocketEvents } from "../../packages/gateway/src/host/socket-host.ts";
import { TestAuthority } from "../../packages/gateway/test/host/certificates.ts";

/** How to run the echo. */
export interface EchoOptions {
  /** On 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Plain TCP instead of TLS. */
  readonly plain: boolean;
  /** Larger messages are closed with 1009. */
  readonly maxMessageBytes: number;
}

/** A listening echo. */
export interface RunningEcho {
  /** `wss://127.0.0.1:PORT`, or `ws:` when plain. */
  readonly url: string;
  /** Cuts every connection; resolves when nothing is left open. */
  close(): Promise<void>;
}

/**
 * Starts a Node host that accepts every handshake and sends every message back.
 * @throws GatewayError `port-in-use`, `permission-denied`
 */
export async function startEcho({ port, plain, maxMessageBytes }: EchoOptions): Promise<RunningEcho> {
  const host = nodeHost(
    { upgrade: () => ({ accepted: true, open: echoOn }), problem: () => {} },
    echoLimits(maxMessageBytes),
  );
  const tls = plain ? "none" : await freshCertificate();
  const listening = await host.listen({ port, hosts: [{ address: "127.0.0.1" }], tls });
  const [bound] = listening.addresses;
  return { url: `${plain ? "ws" : "wss"}://127.0.0.1:${bound?.port}`, close: () => listening.close() };
}

/** Bytes waiting for a peer that does not read, after which no more is read from it. */
const maxUnsentBytes = 1_048_576;

function echoOn(socket: HostSocket): SocketEvents {
  return {
    message(data, kind) {
      socket.send(data, kind);
      if (socket.bufferedBytes > maxUnsentBytes) socket.pause();
    },
    drained: () => socket.resume(),
    closed: () => {},
  };
}

function echoLimits(maxMessageBytes: number): HostLimits {
  return {
    maxMessageBytes,
    // Suites send 4 MiB in fragments of 64 bytes, and small messages byte by byte; a gateway allows 256.
    maxFragments: Math.max(65_536, maxMessageBytes),
    maxHeaderBytes: 16_384,
    handshakeTimeoutMs: 10_000,
    closeTimeoutMs: 5_000,
    messageTimeoutMs: 300_000,
    maxIncompleteBytesTotal: Math.max(268_435_456, 4 * maxMessageBytes),
    // Rates are off: a suite may ping as often as it likes.
    controlFramesPerSecond: 1_000_000,
    controlFrameBurst: 1_000_000,
    maxConnections: 1_000,
    maxConnectionsPerPeer: 1_000,
  };
}

async function freshCertificate(): Promise<TlsListenOptions> {
  const authority = await TestAuthority.create("wardwire conformance echo");
  return authority.issue({ dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"] });
}

import { constants, randomBytes, type X509Certificate } from "node:crypto";
import { createServer, type RequestListener, type Server, type ServerOptions, type ServerResponse } from "node:http";
import {
  createServer as createTlsServer,
  type Server as TlsServer,
  type ServerOptions as TlsServerOptions,
} from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { GatewayError } from "../../gateway-error.ts";
import { checkCertificate, parseCertificate } from "../certificate.ts";
import { systemErrorCode } from "../listen-error.ts";
import type { ListenOptions, TlsListenOptions } from "../listen-options.ts";
import { maxHeaders } from "../opening-handshake.ts";
import type { HostHandlers, HostLimits, UpgradeRefused } from "../socket-host.ts";
import { postQuantumGroup, ticketLifetimeSeconds, tlsProfileOptions } from "../tls-profile.ts";
import { takeHandshakesInTurns } from "./handshake-turns.ts";
import { remoteAddressOf } from "./peer.ts";
import { sendRefusal } from "./refusal.ts";
import { serverNameCallback, UnknownServerName } from "./server-name.ts";
import type { ListenerFacts, UpgradeListener } from "./upgrade.ts";

/**
 * An HTTP or HTTPS server with every limit set, not yet listening. Nothing a peer does makes it throw.
 * @throws GatewayError `bad-certificate`
 */
export function createHttpServer(
  tls: ListenOptions["tls"],
  limits: HostLimits,
  handlers: HostHandlers,
  fetch: RequestListener,
  upgrade: UpgradeListener,
): Server {
  const server = tls === "none" ? createServer(httpOptions(limits)) : createHttpsServer(tls, limits, handlers);
  const facts = tls === "none" ? plainText : overTls(tls);
  // One more than allowed, so that what is over the limit is seen and refused rather than left out in silence.
  server.maxHeadersCount = maxHeaders + 1;
  server.timeout = idleTimeoutMs;
  const latestResponses = new WeakMap<Duplex, ServerResponse>();
  const isAnswering = (socket: Duplex) => latestResponses.get(socket)?.writableFinished === false;
  server.on("request", (request, response) => {
    latestResponses.set(request.socket, response);
    for (const [name, value] of Object.entries(facts.headers)) response.setHeader(name, value);
    fetch(request, response);
  });
  server.on("upgrade", (request, socket, head) => {
    // An answer still to be written would end up among the frames of the WebSocket.
    if (isAnswering(socket) || !socket.writable) socket.destroy();
    else upgrade(request, socket, head, facts);
  });
  server.on("clientError", (error, socket) => {
    refuseMalformed(error, socket as Socket, isAnswering(socket), handlers.problem, facts);
  });
  server.on("drop", (peer) => {
    const remoteAddress = peer?.remoteAddress;
    const what = `closed a new connection: ${limits.maxConnections} are open, which is maxConnections`;
    handlers.problem({ what, ...(remoteAddress !== undefined && { remoteAddress }) });
  });
  return server;
}

const plainText: ListenerFacts = { headers: {} };
const twoYearsSeconds = 63_072_000;

/** @throws GatewayError `invalid-options` */
function overTls({ postQuantum, hstsMaxAgeSeconds = twoYearsSeconds }: TlsListenOptions): ListenerFacts {
  if (!Number.isSafeInteger(hstsMaxAgeSeconds) || hstsMaxAgeSeconds < 0) {
    throw new GatewayError("invalid-options", `hstsMaxAgeSeconds: expected whole seconds, got ${hstsMaxAgeSeconds}`);
  }
  const headers = { "Strict-Transport-Security": `max-age=${hstsMaxAgeSeconds}` };
  return { headers, ...(postQuantum === "required" && { group: postQuantumGroup }) };
}

/** What a peer that stays silent between two requests of one connection is given. */
const keepAliveTimeoutMs = 5_000;
/** From the first byte of a request to the last of its body; never below the time for its headers. */
const requestTimeoutMs = 30_000;
/** Neither a byte sent nor one read on an HTTP connection; a WebSocket has its heartbeat instead. */
const idleTimeoutMs = 60_000;
const tcpKeepAliveDelayMs = 60_000;

function httpOptions(limits: HostLimits): ServerOptions {
  return {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.handshakeTimeoutMs,
    requestTimeout: Math.max(requestTimeoutMs, limits.handshakeTimeoutMs),
    // Node looks for connections over time at this interval only; its default is 30 s.
    connectionsCheckingInterval: Math.max(10, Math.min(1_000, Math.floor(limits.handshakeTimeoutMs / 10))),
    keepAliveTimeout: keepAliveTimeoutMs,
    insecureHTTPParser: false,
    requireHostHeader: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: tcpKeepAliveDelayMs,
  };
}

function createHttpsServer(tls: TlsListenOptions, limits: HostLimits, { problem }: HostHandlers): TlsServer {
  const certificate = checkCertificate(tls.cert, tls.key, new Date());
  const server = newTlsServer(tlsOptions(tls, certificate, limits), certificate);
  takeHandshakesInTurns(server);
  server.prependListener("secureConnection", (socket) => {
    // With an optional client certificate Node lets a wrong one pass as none.
    if (!tls.clientAuthority || socket.authorized || !socket.getPeerX509Certificate()) return;
    const remoteAddress = remoteAddressOf(socket);
    const what = "closed a TLS connection whose client certificate does not verify";
    problem({ what, code: String(socket.authorizationError), ...(remoteAddress !== undefined && { remoteAddress }) });
    socket.destroy();
  });
  const rotation = setInterval(() => server.setTicketKeys(randomBytes(48)), ticketLifetimeSeconds * 1_000).unref();
  server.once("close", () => clearInterval(rotation));
  return server;
}

function newTlsServer(options: TlsServerOptions, certificate: X509Certificate): TlsServer {
  try {
    return createTlsServer(options);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const what = `TLS cannot use the certificate of ${certificate.subject}: ${reason}`;
    throw new GatewayError(
      "bad-certificate",
      `${what}; use ECDSA P-256 or P-384, Ed25519, or RSA of 2048 bits or more`,
      {
        cause,
      },
    );
  }
}

function tlsOptions(tls: TlsListenOptions, certificate: X509Certificate, limits: HostLimits): TlsServerOptions {
  const profile = tlsProfileOptions(tls.profile ?? "modern", tls.postQuantum ?? "preferred");
  return {
    ...httpOptions(limits),
    ...profile,
    ...(tls.clientAuthority !== undefined && clientCertificateOptions(tls.clientAuthority, tls, profile.secureOptions)),
    cert: tls.cert,
    key: tls.key,
    handshakeTimeout: limits.handshakeTimeoutMs,
    SNICallback: serverNameCallback(tls.serverNames, certificate),
  };
}

/** No tickets: a resumed session would not prove again that the client has its key. */
function clientCertificateOptions(authority: string, tls: TlsListenOptions, secureOptions: number): TlsServerOptions {
  parseCertificate(authority, "client authority");
  const { clientRevocations } = tls;
  if (clientRevocations !== undefined && !clientRevocations.includes("-----BEGIN X509 CRL-----")) {
    throw new GatewayError("bad-certificate", "client revocations: expected PEM with at least one X509 CRL");
  }
  return {
    ca: authority,
    ...(clientRevocations !== undefined && { crl: clientRevocations }),
    requestCert: true,
    rejectUnauthorized: tls.clientCertificate !== "optional",
    secureOptions: secureOptions | constants.SSL_OP_NO_TICKET,
  };
}

/** Answers what the HTTP parser refused or what took too long; a failed TLS handshake only ends. */
function refuseMalformed(
  error: Error,
  socket: Socket | TLSSocket,
  answering: boolean,
  problem: HostHandlers["problem"],
  { headers }: ListenerFacts,
): void {
  const code = systemErrorCode(error);
  const remoteAddress = error instanceof UnknownServerName ? error.remoteAddress : remoteAddressOf(socket);
  const facts = { ...(code !== undefined && { code }), ...(remoteAddress !== undefined && { remoteAddress }) };
  // OpenSSL's message is a line of numbers and file names; its reason is a phrase.
  const reason = "reason" in error ? String(error.reason) : error.message;
  problem({ what: `a connection failed: ${reason}`, ...facts });
  const refusal = malformedRefusal(code);
  if (refusal && !answering && !socket.writableEnded) sendRefusal(socket, refusal, headers);
  else if (!socket.writableEnded) socket.destroy();
}

function malformedRefusal(code: string | undefined): UpgradeRefused | undefined {
  const refusal = (status: number, body: string): UpgradeRefused => ({ accepted: false, status, headers: {}, body });
  if (code === "HPE_HEADER_OVERFLOW") return refusal(431, "the header fields are too large");
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") return refusal(413, "the chunk extensions are too large");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return refusal(408, "the request took too long");
  return code?.startsWith("HPE_") ? refusal(400, "this is not an HTTP/1.1 request") : undefined;
}

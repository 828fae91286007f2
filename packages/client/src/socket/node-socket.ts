import { type ClientOptions, type RawData, WebSocket } from "ws";
import { lossOfError, lossOfStatus } from "./handshake-loss.ts";
import { fetchNodeBytes } from "./node-fetch.ts";
import type { SocketClose, SocketFactory, SocketObserver, SocketRequest } from "./socket.ts";

/** How Node reaches the gateway. Certificates are always verified; there is no option against it (R57). */
export interface NodeSocketOptions {
  /** Authorities to trust instead of the system's, PEM; for a development or company authority. */
  readonly ca?: string | readonly string[];
  /** The `Origin` header, for a gateway that expects one; none when left out. */
  readonly origin?: string;
}

/** Sockets by `ws`, the only file that names it. Sends the token as `Authorization: Bearer`. */
export function nodeSocket(options: NodeSocketOptions = {}): SocketFactory {
  return {
    sendsAuthorization: true,
    open: (request, observer) => openNodeSocket(options, request, observer),
    fetchBytes: (url, bounds) => fetchNodeBytes(options, url, bounds),
  };
}

/** {@link nodeSocket} with nothing set: what the client uses on Node unless told otherwise. */
export const defaultSocket: SocketFactory = nodeSocket();

function openNodeSocket(options: NodeSocketOptions, request: SocketRequest, observer: SocketObserver) {
  const socket = new WebSocket(request.url, [...request.protocols], clientOptions(options, request));
  let known: Partial<SocketClose> = {};
  socket.on("open", () => observer.onOpen(socket.protocol));
  socket.on("message", (data, isBinary) => observer.onMessage(messageOf(data, isBinary)));
  socket.on("error", (cause: NodeJS.ErrnoException) => {
    const loss = lossOfError(cause);
    known = { cause, ...(loss === undefined ? {} : { loss }), ...known };
  });
  socket.on("unexpected-response", (_request, { statusCode = 0, headers }) => {
    known = { loss: lossOfStatus(statusCode, retryAfterMsOf(headers["retry-after"])) };
    socket.terminate();
  });
  socket.on("close", (code, reason) => observer.onClose({ ...known, code, reason: reason.toString() }));
  return {
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    send(message: string | Uint8Array) {
      if (socket.readyState === WebSocket.OPEN) socket.send(message);
    },
    close: (code: number, reason: string) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
}

/** Every bound explicit (R58), and verification on whatever NODE_TLS_REJECT_UNAUTHORIZED says (R57). */
function clientOptions(options: NodeSocketOptions, request: SocketRequest): ClientOptions {
  const { authorization } = request;
  return {
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    followRedirects: false,
    perMessageDeflate: false,
    skipUTF8Validation: false,
    maxPayload: request.maxMessageBytes,
    maxFragments: 1_024,
    maxBufferedChunks: 65_536,
    handshakeTimeout: request.handshakeTimeoutMs,
    ...(authorization === undefined ? {} : { headers: { authorization } }),
    ...(options.ca === undefined ? {} : { ca: [options.ca].flat() }),
    ...(options.origin === undefined ? {} : { origin: options.origin }),
  };
}

function messageOf(data: RawData, isBinary: boolean): string | Uint8Array {
  // ws gives one Buffer unless its binaryType is changed.
  const bytes = data as Buffer;
  return isBinary ? new Uint8Array(bytes) : bytes.toString("utf8");
}

/** `Retry-After`: seconds or an HTTP date (RFC 9110 §10.2.3); anything else counts as absent. */
function retryAfterMsOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { systemErrorCode } from "../listen-error.ts";
import { type OpeningHandshake, parseOpeningHandshake } from "../opening-handshake.ts";
import type { HostHandlers, HostLimits, UpgradeAccepted, UpgradeAnswer, UpgradeRefused } from "../socket-host.ts";
import type { IncompleteMessages } from "./incomplete-messages.ts";
import { openNodeSocket } from "./node-socket.ts";
import { remoteAddressOf, tlsFactsOf } from "./peer.ts";
import { sendRefusal } from "./refusal.ts";

/** What a listener knows of all its connections. */
export interface ListenerFacts {
  /** Go with every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** As in {@link tlsFactsOf}. */
  readonly group?: string;
}

/** Takes over an HTTP connection that asks for an upgrade. Never throws. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer, facts: ListenerFacts) => void;

/** Makes the one function through which every WebSocket of a Node host opens. */
export function upgradeListener(
  handlers: HostHandlers,
  limits: HostLimits,
  incomplete: IncompleteMessages,
): UpgradeListener {
  const accept = acceptor(handlers, limits, incomplete);
  return (request, socket, head, facts) => {
    socket.on("error", destroyOnError);
    const opening = parseOpeningHandshake(request);
    const remoteAddress = remoteAddressOf(request.socket);
    if (remoteAddress === undefined) {
      socket.destroy();
      return;
    }
    const peer: Peer = { request, socket, head, remoteAddress, facts };
    if (opening.wellFormed) {
      void answerUpgrade(peer, opening, handlers, limits, accept);
      return;
    }
    handlers.problem({ what: `refused a handshake: ${opening.refusal.body}`, remoteAddress });
    sendRefusal(socket, opening.refusal, facts.headers);
  };
}

interface Peer {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly remoteAddress: string;
  readonly facts: ListenerFacts;
}

type WellFormed = Extract<OpeningHandshake, { wellFormed: true }>;
/** Whether the socket opened: the peer may have gone since the answer. */
type Accept = (peer: Peer, answer: UpgradeAccepted) => boolean;

function destroyOnError(this: Duplex): void {
  this.destroy();
}

async function answerUpgrade(
  peer: Peer,
  opening: WellFormed,
  handlers: HostHandlers,
  limits: HostLimits,
  accept: Accept,
): Promise<void> {
  const { socket, remoteAddress, facts } = peer;
  const unopened = new AbortController();
  let opened = false;
  try {
    const answer = await boundedAnswer(peer, opening, unopened.signal, handlers, limits);
    if (answer === "peer-gone") {
      socket.destroy();
    } else if (answer === "too-late") {
      handlers.problem({ what: `no answer to a handshake within ${limits.handshakeTimeoutMs} ms`, remoteAddress });
      sendRefusal(socket, unavailable, facts.headers);
    } else if (!answer.accepted) {
      sendRefusal(socket, answer, facts.headers);
    } else if (answer.subprotocol !== undefined && !opening.subprotocols.includes(answer.subprotocol)) {
      throw new TypeError(`the answer names the subprotocol ${answer.subprotocol}, which the client did not offer`);
    } else {
      opened = accept(peer, answer);
    }
  } catch (error) {
    const code = systemErrorCode(error);
    const what = `could not answer a handshake: ${error instanceof Error ? error.message : String(error)}`;
    handlers.problem({ what, remoteAddress, ...(code !== undefined && { code }) });
    sendRefusal(socket, failed, facts.headers);
  } finally {
    if (!opened) unopened.abort();
  }
}

const unavailable: UpgradeRefused = { accepted: false, status: 503, headers: {}, body: "no answer in time" };
const failed: UpgradeRefused = { accepted: false, status: 500, headers: {}, body: "internal error" };

/** The gateway's answer, unless the peer goes or the time is over before it. */
async function boundedAnswer(
  { request, socket, remoteAddress, facts }: Peer,
  opening: WellFormed,
  signal: AbortSignal,
  handlers: HostHandlers,
  limits: HostLimits,
): Promise<UpgradeAnswer | "peer-gone" | "too-late"> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<"peer-gone" | "too-late">();
  const peerGone = () => stop("peer-gone");
  socket.once("close", peerGone).once("end", peerGone);
  const timer = setTimeout(stop, limits.handshakeTimeoutMs, "too-late");
  try {
    const tls = tlsFactsOf(request.socket, facts.group);
    const { target, headers } = opening;
    const answer = handlers.upgrade({ remoteAddress, target, headers, ...(tls && { tls }), signal });
    return await Promise.race([answer, stopped]);
  } finally {
    clearTimeout(timer);
    socket.off("close", peerGone).off("end", peerGone);
  }
}

function acceptor({ problem }: HostHandlers, limits: HostLimits, incomplete: IncompleteMessages): Accept {
  const opening = new WeakMap<IncomingMessage, { readonly peer: Peer; readonly answer: UpgradeAccepted }>();
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    skipUTF8Validation: false,
    maxPayload: limits.maxMessageBytes,
    maxFragments: limits.maxFragments,
    maxBufferedChunks: maxBufferedChunks(limits),
    ...newerOptions(limits),
    autoPong: true,
    // Frames that arrive in one read are handled in one turn.
    allowSynchronousEvents: true,
    handleProtocols: (_offered, request) => opening.get(request)?.answer.subprotocol ?? false,
  });
  server.on("headers", (lines, request) => {
    const { headers = {} } = opening.get(request)?.peer.facts ?? {};
    lines.push(...Object.entries(headers).map(([name, value]) => `${name}: ${value}`));
  });
  return (peer, answer) => {
    const { request, socket, head, remoteAddress } = peer;
    opening.set(request, { peer, answer });
    let opened = false;
    server.handleUpgrade(request, socket, head, (ws) => {
      opened = true;
      socket.off("error", destroyOnError);
      openNodeSocket(ws, answer.open, { stream: socket, remoteAddress, problem, limits, incomplete });
    });
    return opened;
  };
}

/**
 * What @types/ws 8.18 lacks: the time for the closing handshake, and the pongs that may wait to be sent (R29). One more
 * than may come at once, so that a flood is answered with a close code; what comes later is for who does not read.
 */
function newerOptions({ closeTimeoutMs, controlFrameBurst }: HostLimits): object {
  return { closeTimeout: closeTimeoutMs, maxPendingAutoPongs: controlFrameBurst + 1 };
}

/** Reads an incomplete frame may be spread over; a peer with reads below 64 bytes on average is an attack (R26). */
function maxBufferedChunks({ maxMessageBytes }: HostLimits): number {
  return Math.max(1_024, Math.ceil(maxMessageBytes / 64));
}

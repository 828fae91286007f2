import type { Duplex } from "node:stream";
import { closeCodes } from "@wardwire/wire/close-codes";
import { WebSocket } from "ws";
import { TokenBucket } from "../../limits/token-bucket.ts";
import { cutReason } from "../close-reason.ts";
import { systemErrorCode } from "../listen-error.ts";
import type {
  HostHandlers,
  HostLimits,
  HostSocket,
  MessageKind,
  SocketEvents,
  UpgradeAccepted,
} from "../socket-host.ts";
import type { IncompleteMessage, IncompleteMessages } from "./incomplete-messages.ts";

/**
 * Hands an open WebSocket to the gateway. Call it in the same turn in which `ws` opened: the listeners have to be there
 * before the first byte behind the handshake is read.
 */
export function openNodeSocket(ws: WebSocket, open: UpgradeAccepted["open"], below: BelowWebSocket): void {
  new NodeSocket(ws, below).open(open);
}

/** What a WebSocket runs on and is bounded by. */
export interface BelowWebSocket {
  /** The stream the frames are read from; nothing has been read yet. */
  readonly stream: Duplex;
  readonly remoteAddress: string;
  readonly problem: HostHandlers["problem"];
  readonly limits: HostLimits;
  /** Shared by all sockets of the host. */
  readonly incomplete: IncompleteMessages;
}

const sendOptions = {
  text: { binary: false, compress: false, fin: true, mask: false },
  binary: { binary: true, compress: false, fin: true, mask: false },
} as const satisfies Record<MessageKind, object>;

const internalError = 1011;
const { overloaded, heartbeatLost, protocolError, rateLimited, tooBig } = closeCodes;

class NodeSocket implements HostSocket {
  readonly #ws: WebSocket;
  readonly #remoteAddress: string;
  readonly #problem: HostHandlers["problem"];
  readonly #message: IncompleteMessage;
  readonly #controlFrames: TokenBucket;
  #events: SocketEvents | undefined;
  #closing = false;
  #undrained = false;

  constructor(ws: WebSocket, { stream, remoteAddress, problem, limits, incomplete }: BelowWebSocket) {
    this.#ws = ws;
    this.#remoteAddress = remoteAddress;
    this.#problem = problem;
    this.#controlFrames = new TokenBucket({
      perSecond: limits.controlFramesPerSecond,
      burst: limits.controlFrameBurst,
      now: () => performance.now(),
    });
    this.#message = incomplete.watch({
      tooSlow: () => this.close(heartbeatLost.code, "the message did not end in time"),
      tooMuch: () => this.close(overloaded.code, "too many unfinished messages"),
      // Without a reason, as ws answers faulty frames.
      faulty: (fault) => this.close((fault === "long-length" ? protocolError : tooBig).code, ""),
    });
    // Before ws, which has no answer of its own to a faulty frame, or another.
    stream.prependListener("data", (chunk: Buffer) => this.#message.read(chunk));
  }

  open(open: UpgradeAccepted["open"]): void {
    this.#ws.on("error", (error) => this.#report("WebSocket error", error));
    this.#ws.on("message", (data, isBinary) => this.#received(data as Buffer, isBinary ? "binary" : "text"));
    this.#ws.on("ping", () => this.#controlled());
    this.#ws.on("pong", () => this.#controlled());
    this.#ws.on("close", (code, reason) => this.#closed(code, reason));
    try {
      this.#events = open(this);
    } catch (error) {
      this.#handlerFailed(error);
    }
  }

  get bufferedBytes(): number {
    return this.#ws.readyState === WebSocket.CLOSED ? 0 : this.#ws.bufferedAmount;
  }

  send(message: Uint8Array, kind: MessageKind): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    this.#ws.send(message, sendOptions[kind], this.#written);
    if (this.#ws.bufferedAmount > 0) this.#undrained = true;
  }

  close(code: number, reason: string): void {
    if (this.#closing) return;
    this.#ws.close(code, cutReason(reason));
    this.#closing = true;
    // A paused socket would never read the peer's close frame.
    this.#ws.resume();
  }

  terminate(): void {
    this.#closing = true;
    this.#ws.terminate();
  }

  pause(): void {
    if (this.#closing) return;
    this.#message.pause();
    this.#ws.pause();
  }

  resume(): void {
    this.#message.resume();
    this.#ws.resume();
  }

  /** One callback for every write of this socket, so that `send` makes no closure. */
  readonly #written = (error?: Error | null): void => {
    if (error || !this.#undrained || this.#ws.bufferedAmount > 0) return;
    this.#undrained = false;
    try {
      this.#events?.drained();
    } catch (failure) {
      this.#handlerFailed(failure);
    }
  };

  #received(data: Uint8Array, kind: MessageKind): void {
    if (this.#closing) return;
    try {
      this.#events?.message(data, kind);
    } catch (error) {
      this.#handlerFailed(error);
    }
  }

  /** A ping or a pong came: they cost little, but nothing above the host ever sees them (R29). */
  #controlled(): void {
    if (this.#closing || this.#controlFrames.take(1) === 0) return;
    this.#report("a flood of control frames", undefined);
    this.close(rateLimited.code, "too many pings");
  }

  #closed(code: number, reason: Buffer): void {
    this.#closing = true;
    this.#message.close();
    try {
      this.#events?.closed(code, reason.toString());
    } catch (error) {
      this.#report("a socket handler threw", error);
    }
  }

  #handlerFailed(error: unknown): void {
    this.#report("a socket handler threw", error);
    this.close(internalError, "internal error");
  }

  #report(what: string, error: unknown): void {
    const code = systemErrorCode(error);
    const detail = error instanceof Error ? `${what}: ${error.message}` : what;
    this.#problem({ what: detail, remoteAddress: this.#remoteAddress, ...(code !== undefined && { code }) });
  }
}

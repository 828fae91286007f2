import { WebSocket } from "ws";
import { systemErrorCode } from "../listen-error.ts";
import type { HostHandlers, HostSocket, MessageKind, SocketEvents, UpgradeAccepted } from "../socket-host.ts";

/**
 * Hands an open WebSocket to the gateway. Call it in the same turn in which `ws` opened: the listeners have to be there
 * before the first byte behind the handshake is read.
 */
export function openNodeSocket(
  ws: WebSocket,
  open: UpgradeAccepted["open"],
  remoteAddress: string,
  problem: HostHandlers["problem"],
): void {
  new NodeSocket(ws, remoteAddress, problem).open(open);
}

const sendOptions = {
  text: { binary: false, compress: false, fin: true, mask: false },
  binary: { binary: true, compress: false, fin: true, mask: false },
} as const satisfies Record<MessageKind, object>;

const internalError = 1011;
const maxReasonBytes = 123;
const encoder = new TextEncoder();

class NodeSocket implements HostSocket {
  readonly #ws: WebSocket;
  readonly #remoteAddress: string;
  readonly #problem: HostHandlers["problem"];
  #events: SocketEvents | undefined;
  #closing = false;
  #undrained = false;

  constructor(ws: WebSocket, remoteAddress: string, problem: HostHandlers["problem"]) {
    this.#ws = ws;
    this.#remoteAddress = remoteAddress;
    this.#problem = problem;
  }

  open(open: UpgradeAccepted["open"]): void {
    this.#ws.on("error", (error) => this.#report("WebSocket error", error));
    this.#ws.on("message", (data, isBinary) => this.#received(data as Buffer, isBinary ? "binary" : "text"));
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
    if (!this.#closing) this.#ws.pause();
  }

  resume(): void {
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

  #closed(code: number, reason: Buffer): void {
    this.#closing = true;
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

/** At most 123 bytes of UTF-8 (RFC 6455 §5.5); `encodeInto` never writes part of a code point. */
function cutReason(reason: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(maxReasonBytes);
  return bytes.subarray(0, encoder.encodeInto(reason, bytes).written);
}

import type { HostSocket, SocketEvents, UpgradeAnswer, UpgradeRequest } from "../host/socket-host.ts";

/** What a client asks a socket factory for; the shape that `@wardwire/client` defines. */
export interface MemorySocketRequest {
  readonly url: string;
  readonly protocols: readonly string[];
  readonly authorization: string | undefined;
}

/** Who hears what happens at the client's end. */
export interface MemorySocketObserver {
  onOpen(protocol: string): void;
  onMessage(message: string | Uint8Array): void;
  onClose(close: { readonly code: number; readonly reason: string; readonly cause?: unknown }): void;
}

/** The client's end of a socket. */
export interface MemoryClientSocket {
  readonly bufferedAmount: number;
  send(message: string | Uint8Array): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

/** Answers an opening handshake. */
export type AnswerHandshake = (request: UpgradeRequest) => UpgradeAnswer | Promise<UpgradeAnswer>;

/**
 * Opens a WebSocket without a network: everything arrives later than it was sent, in order and whole, and the buffers on
 * the way are never full.
 *
 * @param onClosed called once, at the end
 */
export function openMemorySocket(
  request: MemorySocketRequest,
  observer: MemorySocketObserver,
  answerHandshake: AnswerHandshake,
  onClosed: () => void,
): MemoryClientSocket {
  const socket = new MemorySocket(observer, onClosed);
  void socket.open(request, answerHandshake);
  return socket.clientEnd;
}

/** Both ends of one WebSocket. */
class MemorySocket {
  readonly clientEnd: MemoryClientSocket = {
    bufferedAmount: 0,
    send: (message) => this.#toGateway(message),
    close: (code, reason) => this.#later(() => this.#end(code, reason)),
    terminate: () => this.#later(() => this.#end(1006, "")),
  };
  readonly #gatewayEnd: HostSocket = {
    bufferedBytes: 0,
    send: (message, kind) => this.#later(() => this.#observer.onMessage(kind === "text" ? asText(message) : message)),
    close: (code, reason) => this.#later(() => this.#end(code, reason)),
    terminate: () => this.#later(() => this.#end(1006, "")),
    pause: () => {
      this.#unread ??= [];
    },
    resume: () => {
      const unread = this.#unread ?? [];
      this.#unread = undefined;
      for (const deliver of unread) this.#later(deliver);
    },
  };
  readonly #observer: MemorySocketObserver;
  readonly #onClosed: () => void;
  readonly #ending = new AbortController();
  #events: SocketEvents | undefined;
  #closed = false;
  /** What the client has sent while the gateway does not read. */
  #unread: (() => void)[] | undefined;

  constructor(observer: MemorySocketObserver, onClosed: () => void) {
    this.#observer = observer;
    this.#onClosed = onClosed;
  }

  /** Makes the opening handshake; never rejects. */
  async open({ url, protocols, authorization }: MemorySocketRequest, answerHandshake: AnswerHandshake): Promise<void> {
    const { pathname, host } = new URL(url);
    const headers = new Map([
      ["host", [host]],
      ["sec-websocket-protocol", [protocols.join(", ")]],
      ...(authorization === undefined ? [] : [["authorization", [authorization]] as const]),
    ]);
    const { signal } = this.#ending;
    try {
      const answer = await answerHandshake({ remoteAddress: "127.0.0.1", target: pathname, headers, signal });
      if (this.#closed) return;
      if (!answer.accepted) throw new Error(`the handshake was refused with ${answer.status}: ${answer.body}`);
      this.#events = answer.open(this.#gatewayEnd);
      this.#observer.onOpen(answer.subprotocol ?? "");
    } catch (cause) {
      this.#end(1006, "", cause);
    }
  }

  #toGateway(message: string | Uint8Array): void {
    const kind = typeof message === "string" ? "text" : "binary";
    const data = typeof message === "string" ? Buffer.from(message) : message;
    const deliver = (): void => this.#events?.message(data, kind);
    if (this.#unread === undefined) this.#later(deliver);
    else this.#unread.push(deliver);
  }

  #later(task: () => void): void {
    queueMicrotask(() => {
      if (!this.#closed) task();
    });
  }

  #end(code: number, reason: string, cause?: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ending.abort();
    this.#onClosed();
    this.#events?.closed(code, reason);
    this.#observer.onClose({ code, reason, cause });
  }
}

function asText(message: Uint8Array): string {
  return Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString("utf8");
}

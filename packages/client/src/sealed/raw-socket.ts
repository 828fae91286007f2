import type { WireMessage } from "@wardwire/wire/codec";
import { ClientError } from "../client-error.ts";
import type { CancelTimer, Clock } from "../platform/clock.ts";
import {
  closeTimeoutMs,
  type Socket,
  type SocketClose,
  type SocketFactory,
  type SocketRequest,
} from "../socket/socket.ts";
import { sessionFailed } from "./session-loss.ts";

/** What {@link RawSocket.next} rejects with at the end of the socket, after all its messages. */
export class RawSocketEnded extends Error {
  readonly close: SocketClose;
  /** Whether it had opened. */
  readonly opened: boolean;

  constructor(close: SocketClose, opened: boolean) {
    super(`closed with ${close.code}`);
    this.close = close;
    this.opened = opened;
  }
}

/**
 * The socket under a sealed one, its messages awaited one by one: opening them takes time, and none may overtake another.
 * What waits is bounded.
 */
export class RawSocket {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #maxWaitingBytes: number;
  readonly #waiting: WireMessage[] = [];
  #waitingBytes = 0;
  #protocol: string | undefined;
  #end: unknown;
  #phase: "live" | "closing" | "closed" = "live";
  #wake: (() => void) | undefined;
  #stopTimer: CancelTimer | undefined;

  /** @throws what the factory does */
  constructor(factory: SocketFactory, request: SocketRequest, clock: Clock, maxWaitingBytes: number) {
    this.#clock = clock;
    this.#maxWaitingBytes = maxWaitingBytes;
    this.#socket = factory.open(request, {
      onOpen: (protocol) => {
        this.#protocol = protocol;
        this.#wake?.();
      },
      onMessage: (message) => this.#onMessage(message),
      onClose: (close) => {
        this.#phase = "closed";
        this.#stopTimer?.();
        this.#endWith(new RawSocketEnded(close, this.#protocol !== undefined));
      },
    });
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  /**
   * The subprotocol, once the socket is open.
   *
   * @throws RawSocketEnded, as a rejection
   */
  async opened(): Promise<string> {
    while (this.#protocol === undefined) await this.#something();
    return this.#protocol;
  }

  /**
   * The next message; one call at a time.
   *
   * @throws RawSocketEnded when there is none any more, ClientError `overflow` when too many wait, `session-failed` for a
   *   text (SR-1.1), as rejections
   */
  async next(): Promise<Uint8Array> {
    while (this.#waiting.length === 0) await this.#something();
    const message = this.#waiting.shift() as WireMessage;
    if (typeof message === "string") throw sessionFailed();
    this.#waitingBytes -= costOf(message);
    return message;
  }

  send(message: Uint8Array): void {
    this.#socket.send(message);
  }

  /** Starts the closing handshake, which is over after {@link closeTimeoutMs} in any case. No message is kept from now on. */
  close(code: number): void {
    if (this.#phase !== "live") return;
    this.#phase = "closing";
    this.#waiting.length = 0;
    this.#stopTimer = this.#clock.after(closeTimeoutMs, () => this.#socket.terminate());
    this.#socket.close(code, "");
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #onMessage(message: WireMessage): void {
    if (this.#phase !== "live" || this.#end !== undefined) return;
    this.#waitingBytes += costOf(message);
    if (this.#waitingBytes > this.#maxWaitingBytes) {
      this.#waiting.length = 0;
      this.#endWith(new ClientError("overflow", "records came faster than they could be opened"));
      return;
    }
    this.#waiting.push(message);
    this.#wake?.();
  }

  /** The first end counts. */
  #endWith(end: unknown): void {
    this.#end ??= end;
    this.#wake?.();
  }

  async #something(): Promise<void> {
    if (this.#end !== undefined) throw this.#end;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }
}

/** A small message takes memory too. */
function costOf(message: WireMessage): number {
  return Math.max(message.length, 512);
}

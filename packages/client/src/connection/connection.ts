import { closeCodes } from "@wardwire/wire/close-codes";
import { byteLength, type ClientCodec, type WireMessage } from "@wardwire/wire/codec";
import { type Decoded, decodeGatewayMessage } from "@wardwire/wire/decode";
import {
  type ClientFrame,
  type ConnectedFrame,
  type GatewayFrame,
  type LeftFrame,
  type MessageFrame,
  type NoticeFrame,
  type NotificationFrame,
  type PresencePushFrame,
  subprotocols,
} from "@wardwire/wire/frames";
import { ClientError, type ClientErrorCode, suffixOf } from "../client-error.ts";
import type { ClientLimits } from "../client-limits.ts";
import type { CancelTimer, Clock } from "../platform/clock.ts";
import { closeTimeoutMs, type Socket, type SocketFactory } from "../socket/socket.ts";
import { type Hint, type Loss, lossOf, lossOfClose } from "./loss.ts";
import { errorOf, isReply, PendingCalls } from "./pending-calls.ts";

/** What a connection is made from. */
export interface ConnectionSettings {
  readonly url: string;
  readonly socket: SocketFactory;
  readonly codec: ClientCodec;
  readonly token: string;
  /** Whether `token` is a ticket, which goes into the first frame always. */
  readonly isTicket: boolean;
  readonly device: string | undefined;
  readonly limits: ClientLimits;
  readonly clock: Clock;
}

/** A frame the gateway sends on its own. */
export type Push = MessageFrame | PresencePushFrame | LeftFrame | NoticeFrame | NotificationFrame;

/** Hears what a connection does: `onConnected`, pushes, and at the end `onLost` unless it was closed from here. */
export interface ConnectionObserver {
  onConnected(frame: ConnectedFrame): void;
  onPush(frame: Push): void;
  onLost(loss: Loss): void;
}

/** One socket from opening to its end: authenticates, decodes strictly, answers pings, notices silence. */
export class Connection {
  /** The requests of this connection; send them only between `onConnected` and `onLost`. */
  readonly calls: PendingCalls;
  readonly #settings: ConnectionSettings;
  readonly #observer: ConnectionObserver;
  readonly #ended: PromiseWithResolvers<void> = Promise.withResolvers();
  #socket: Socket | undefined;
  #opened = false;
  #over = false;
  #connected: ConnectedFrame | undefined;
  #hint: Hint = {};
  #stopTimer: CancelTimer | undefined;

  constructor(settings: ConnectionSettings, observer: ConnectionObserver) {
    this.#settings = settings;
    this.#observer = observer;
    const { clock, limits } = settings;
    this.calls = new PendingCalls((frame) => this.#sendChecked(frame), clock, limits);
    this.#endAfter(limits.connectTimeoutMs, closeCodes.normal.code, "connect-timeout");
    this.#open();
  }

  /**
   * Closes from this side; `onLost` will not be called. Requests still waiting fail with `disconnected`. Resolves when
   * the socket is gone, which is enforced after {@link closeTimeoutMs}.
   */
  async close(): Promise<void> {
    this.#end(undefined, closeCodes.normal.code);
    await this.#ended.promise;
  }

  #open(): void {
    const { socket, url, codec, token, isTicket, limits } = this.#settings;
    const protocol = subprotocols[codec.encoding];
    try {
      this.#socket = socket.open(
        {
          url,
          protocols: [protocol],
          authorization: socket.sendsAuthorization && !isTicket ? `Bearer ${token}` : undefined,
          maxMessageBytes: limits.maxMessageBytes,
          handshakeTimeoutMs: limits.connectTimeoutMs,
        },
        {
          onOpen: (chosen) => this.#onOpen(chosen, protocol),
          onMessage: (message) => this.#onMessage(message),
          onClose: (close) => {
            this.#ended.resolve();
            this.#end(lossOfClose(close, this.#opened, this.#hint));
          },
        },
      );
    } catch (cause) {
      this.#ended.resolve();
      // After the constructor, as every other loss.
      queueMicrotask(() => this.#end(lossOfClose({ code: 1006, reason: "", cause }, false)));
    }
  }

  #onOpen(chosen: string, expected: string): void {
    if (this.#over) return;
    this.#opened = true;
    if (chosen !== expected) {
      this.#violation(`: expected the subprotocol ${expected}, got "${chosen}"`);
      return;
    }
    const { socket, token, isTicket, device } = this.#settings;
    const inFrame = isTicket ? { ticket: token } : { token: socket.sendsAuthorization ? undefined : token };
    const fields = { ...inFrame, device };
    this.calls.request("connect", fields, { onReply: (frame) => this.#onConnected(frame) }).catch((error: unknown) => {
      // The gateway closes after this, and its close code decides; the error says why in words.
      if (error instanceof ClientError && error.origin === "gateway") this.#hint = error;
    });
  }

  #onConnected(frame: ConnectedFrame): void {
    this.#connected = frame;
    this.#watchSilence();
    this.#observer.onConnected(frame);
  }

  #onMessage(message: WireMessage): void {
    if (this.#over) return;
    this.#watchSilence();
    const { codec, limits } = this.#settings;
    let frames: readonly Decoded<GatewayFrame>[];
    try {
      frames = decodeGatewayMessage(codec, message, limits);
    } catch (cause) {
      this.#violation(suffixOf(cause), cause);
      return;
    }
    for (const decoded of frames) {
      if (this.#over) return;
      if (decoded.ok) this.#onFrame(decoded.frame);
      // A newer gateway may push what this client does not know; what it knows must be right.
      else if (decoded.code !== "unknown-type") this.#violation(`: ${decoded.message}`);
    }
  }

  #onFrame(frame: GatewayFrame): void {
    if (this.#socket?.admits?.(frame) === false) this.#violation(`: a misplaced ${frame.type}`);
    else if (isReply(frame)) {
      if (!this.calls.settle(frame)) this.#violation(`: ${frame.type} has an id no request waits with`);
    } else if (frame.type === "ping") {
      this.#socket?.send(this.#settings.codec.encode({ type: "pong" }));
    } else if (frame.type === "error") {
      this.#hint = errorOf(frame);
    } else {
      if (frame.type === "notice") this.#noteHint(frame);
      this.#observer.onPush(frame);
    }
  }

  /** A draining gateway says how long to stay away before it closes. */
  #noteHint({ code, retryAfterMs }: NoticeFrame): void {
    if (code === "draining" && typeof retryAfterMs === "number") this.#hint = { retryAfterMs };
  }

  /** Twice the heartbeat without a message means the gateway, or the way to it, is gone (WP-BEAT-2). */
  #watchSilence(): void {
    if (this.#connected === undefined) return;
    this.#endAfter(2 * this.#connected.heartbeatMs, closeCodes.heartbeatLost.code, "heartbeat-lost");
  }

  /** The one timer for silence: runs until `connected`, then again after every message. */
  #endAfter(delayMs: number, closeCode: number, code: ClientErrorCode): void {
    this.#stopTimer?.();
    this.#stopTimer = this.#settings.clock.after(delayMs, () =>
      this.#end(lossOf("backoff", code, `no answer from the gateway within ${delayMs} ms`), closeCode),
    );
  }

  #sendChecked(frame: ClientFrame): void {
    const { limits, codec } = this.#settings;
    const socket = this.#socket;
    if (socket === undefined) return;
    if (socket.bufferedAmount > limits.maxBufferedBytes) {
      throw new ClientError(
        "send-buffer-full",
        `${socket.bufferedAmount} bytes wait to be sent already; wait for some`,
      );
    }
    const message = codec.encode(frame);
    const maxBytes = this.#connected?.limits.maxMessageBytes ?? Number.POSITIVE_INFINITY;
    const bytes = byteLength(message);
    if (bytes > maxBytes) throw new ClientError("too-large", `expected at most ${maxBytes} bytes, got ${bytes}`);
    socket.send(message, frame);
  }

  #violation(what: string, cause?: unknown): void {
    const loss = lossOf("never", "protocol-violation", `the gateway broke the protocol${what}`, { cause });
    this.#end(loss, closeCodes.badFrame.code);
  }

  /** Ends once: closes the socket if there is a code to do so with, and tells of the loss if it is one. */
  #end(loss: Loss | undefined, closeCode?: number): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopTimer?.();
    const cause = loss?.error;
    this.calls.failAll(new ClientError("disconnected", "the connection was lost", { cause }));
    if (closeCode !== undefined) this.#closeSocket(closeCode, cause?.code ?? "");
    if (loss !== undefined) this.#observer.onLost(loss);
  }

  #closeSocket(code: number, reason: string): void {
    const stop = this.#settings.clock.after(closeTimeoutMs, () => this.#socket?.terminate());
    void this.#ended.promise.then(stop);
    this.#socket?.close(code, reason);
  }
}

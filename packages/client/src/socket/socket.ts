import type { WireMessage } from "@wardwire/wire/codec";
import type { ClientFrame, GatewayFrame } from "@wardwire/wire/frames";
import type { Loss } from "../connection/loss.ts";

/** What the client needs of a WebSocket implementation. */
export interface SocketFactory {
  /**
   * Whether the opening handshake can carry `Authorization`. Where it can, the token travels there and the `connect`
   * frame has none; a browser's cannot, so there the token is in the first frame.
   */
  readonly sendsAuthorization: boolean;
  /**
   * Starts to open a socket and returns at once; verifies certificates and follows no redirect. Must not call an
   * observer before it has returned. A throw counts as an `onClose` with code 1006.
   */
  open(request: SocketRequest, observer: SocketObserver): Socket;
  /**
   * Fetches a public document by HTTP from the authority of the gateway, verified as the sockets' is. Sends no credential,
   * follows no redirect, asks no cache. For sealed connections; the platform's `fetch` where it is left out.
   *
   * @throws whatever is wrong, as a rejection: another status than 200, more bytes than `maxBytes`, the signal's reason
   */
  fetchBytes?(url: string, options: FetchBytesOptions): Promise<Uint8Array>;
}

/** The bounds of {@link SocketFactory.fetchBytes}. */
export interface FetchBytesOptions {
  readonly signal: AbortSignal;
  /** Counted while the answer comes in. */
  readonly maxBytes: number;
}

/** What to open. */
export interface SocketRequest {
  readonly url: string;
  readonly protocols: readonly string[];
  /** The value of the `Authorization` header; `undefined` unless {@link SocketFactory.sendsAuthorization}. */
  readonly authorization: string | undefined;
  /** Longer messages are refused while they arrive, where the implementation can. */
  readonly maxMessageBytes: number;
  readonly handshakeTimeoutMs: number;
}

/** Hears what happens to a socket: `onOpen` at most once, then messages, and `onClose` exactly once, at the end. */
export interface SocketObserver {
  /** @param protocol The subprotocol the gateway chose. */
  onOpen(protocol: string): void;
  /** Bytes belong to the observer from then on. */
  onMessage(message: WireMessage): void;
  onClose(close: SocketClose): void;
}

/** How a socket ended. */
export interface SocketClose {
  /** The close code; 1006 when no close frame came. */
  readonly code: number;
  readonly reason: string;
  /** What the end means, where the implementation knows more than the close code: an HTTP status, a certificate. */
  readonly loss?: Loss;
  readonly cause?: unknown;
}

/** A socket that is opening, open or closing. */
export interface Socket {
  /** Bytes accepted by {@link Socket.send} that have not left yet. */
  readonly bufferedAmount: number;
  /**
   * Queues a message; only after `onOpen`, ignored once it closes. The caller must not change bytes it handed over.
   *
   * @param frame what the message says, where it is a request; for sockets that add to it
   */
  send(message: WireMessage, frame?: ClientFrame): void;
  /** Starts the closing handshake, or gives up opening. `code` is 1000 or from 3000 to 4999. */
  close(code: number, reason: string): void;
  /**
   * Whether a frame may stand in the message that is being handed over (SR-2.2); asked before the frame is used. Any may
   * where it is left out.
   */
  admits?(frame: GatewayFrame): boolean;
  /** Drops the connection without a closing handshake, where the implementation can; else like `close`. */
  terminate(): void;
}

/** How long a closing handshake may take before the socket is dropped, in ms. */
export const closeTimeoutMs = 2_000;

/**
 * The interface below the gateway: where sockets come from. Everything above it knows no runtime and no library.
 * `test/host/socket-host-suite.ts` states the promises as tests; every host passes it.
 */

/** What TLS settled for one connection; absent when a proxy terminates TLS. */
export interface TlsFacts {
  /** For example `TLSv1.3`. */
  readonly protocol: string;
  /** The IANA name of the cipher suite, for example `TLS_AES_128_GCM_SHA256`. */
  readonly cipher: string;
  /** The key exchange group where the runtime tells it, for example `X25519MLKEM768`. */
  readonly group?: string;
  /** DER of a client certificate that was verified against the configured authority; never an unverified one. */
  readonly clientCertificate?: Uint8Array;
}

/** An opening handshake (RFC 6455 §4.2.1) the host has found well-formed and has not yet answered. */
export interface UpgradeRequest {
  /** The peer's IP address; an IPv4-mapped IPv6 address is given as IPv4. */
  readonly remoteAddress: string;
  /** The request target: path and query, as sent. */
  readonly target: string;
  /** Header values by lower-case name, every occurrence in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly tls?: TlsFacts;
  /**
   * Aborted once it is settled that no socket opens: the peer went (after an accepting answer too), the answer took
   * longer than `handshakeTimeoutMs` (503), or it was a refusal. Whatever was set aside for the socket is given back then.
   */
  readonly signal: AbortSignal;
}

/** The answer to an opening handshake. */
export type UpgradeAnswer = UpgradeAccepted | UpgradeRefused;

/** 101, then a socket. */
export interface UpgradeAccepted {
  readonly accepted: true;
  /** Echoed in Sec-WebSocket-Protocol; one the client offered, or none. */
  readonly subprotocol?: string;
  /**
   * Called synchronously with the open socket, before any byte behind the handshake is read, so that a frame in the
   * same packet as the handshake is not lost.
   */
  open(socket: HostSocket): SocketEvents;
}

/** An HTTP answer, after which the host closes the TCP connection and parses no further byte (R20). */
export interface UpgradeRefused {
  readonly accepted: false;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Plain text for a person. */
  readonly body: string;
}

/** Whether a WebSocket message is text (JSON frames) or binary (CBOR frames). */
export type MessageKind = "text" | "binary";

/** One open WebSocket. No method throws after the socket has closed; they then do nothing. */
export interface HostSocket {
  /** Sends one WebSocket message. The host does not change `message` and may keep it until it is written. */
  send(message: Uint8Array, kind: MessageKind): void;
  /** Bytes given to `send` and not yet handed to the operating system. */
  readonly bufferedBytes: number;
  /**
   * Starts the closing handshake (RFC 6455 §7). No message is delivered afterwards. A peer that does not answer within
   * `closeTimeoutMs` is cut off. `reason` is at most 123 bytes of UTF-8; a longer one is cut at a code point.
   */
  close(code: number, reason: string): void;
  /** Cuts the TCP connection without a closing handshake. */
  terminate(): void;
  /**
   * Stops reading, so that a peer which sends faster than it is served fills its own buffers. Messages of the read under
   * way (64 KiB at most) are still delivered. `close` resumes, to read the peer's answer.
   */
  pause(): void;
  /** Goes on reading after `pause`. */
  resume(): void;
}

/** What the gateway wants to hear of one socket. A handler that throws closes that socket with 1011, nothing else. */
export interface SocketEvents {
  /** A whole message; `data` belongs to the receiver. Text has been checked to be UTF-8 (else 1007, by the host). */
  message(data: Uint8Array, kind: MessageKind): void;
  /** `bufferedBytes` has come down to zero after having been above it. */
  drained(): void;
  /** Exactly once, last. `code` is 1006 when no close frame arrived, 1005 when it carried no code. */
  closed(code: number, reason: string): void;
}

/** Bounds the host keeps, all on by default in `options.ts`. */
export interface HostLimits {
  readonly maxMessageBytes: number;
  /** Fragments of one message. */
  readonly maxFragments: number;
  readonly maxHeaderBytes: number;
  /** TLS handshake; from the connection to the end of a request's headers; and the answer to an opening handshake. */
  readonly handshakeTimeoutMs: number;
  readonly closeTimeoutMs: number;
  /** From the first byte of a message to its last; 4409. Time in which reading is paused does not count. */
  readonly messageTimeoutMs: number;
  /** Bytes of messages without an end, over all sockets of the host; the one that exceeds it is closed with 1013. */
  readonly maxIncompleteBytesTotal: number;
  /** Pings and pongs a second from one peer, and how many may come at once; 4429. */
  readonly controlFramesPerSecond: number;
  readonly controlFrameBurst: number;
  /** TCP connections of the process; more are closed at once. */
  readonly maxConnections: number;
  /** Those of one IP address or IPv6 /64, unless it is a proxy's; more are closed at once. */
  readonly maxConnectionsPerPeer: number;
}

/** What a host asks of the gateway. */
export interface HostHandlers {
  /** Answers one opening handshake. One that rejects or throws is answered 500. */
  upgrade(request: UpgradeRequest): UpgradeAnswer | Promise<UpgradeAnswer>;
  /** Answers an ordinary HTTP request; 404 when left out. */
  fetch?(request: Request, remoteAddress: string): Response | Promise<Response>;
  /** Whether many clients come from this address; its connections count in total only. Nobody's when left out. */
  isProxy?(remoteAddress: string): boolean;
  /** Something went wrong below the gateway that concerns one peer only (a failed TLS handshake, a malformed request). Must not throw. */
  problem(event: { readonly what: string; readonly remoteAddress?: string; readonly code?: string }): void;
}

/** A listening host. */
export interface SocketHost {
  /** The addresses listened on. */
  readonly addresses: readonly { readonly address: string; readonly port: number }[];
  /** Takes no new connection; open sockets go on. */
  stopAccepting(): void;
  /** Closes what is left, sockets included, at once; resolves when every handle is released. */
  close(): Promise<void>;
}

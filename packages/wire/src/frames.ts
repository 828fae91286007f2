/**
 * All frames of protocol v1, discriminated by `type`, in the words that stand on the wire in both encodings.
 * Source: spec/wire-protocol.md, rules WP-FRAME-*. Times are milliseconds since 1970. `Json` is the data model of both
 * encodings: CBOR carries nothing that JSON cannot.
 */

/** A JSON value; what `data`, `params`, `input` and `output` hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The subprotocols of the opening handshake; none offered means JSON. */
export const subprotocols = { json: "wardwire.v1.json", cbor: "wardwire.v1.cbor" } as const;

/** Announces a sealed connection: message 1 comes first, and the frames inside are CBOR (spec/handshake.md). */
export const sealedSubprotocol = "wardwire.v1.sealed";

/** How the frames of a connection are encoded: `json` in text messages, `cbor` in binary messages. */
export type Encoding = keyof typeof subprotocols;

/** A place in a channel's history: the `offset`-th message of a `stream`. A new stream starts when history was lost. */
export interface Position {
  readonly stream: string;
  readonly offset: number;
}

/** Who sent a message, as the gateway saw it; never what a client said of itself. */
export interface Sender {
  readonly user: string;
  readonly device: string;
  readonly connection: string;
}

/** One entry of a presence list. */
export interface Present extends Sender {
  readonly since: number;
}

/** A message as it stands in history; a `message` push is this with `type` and `channel`. */
export interface HistoryMessage {
  readonly offset: number;
  readonly message: string;
  readonly from?: Sender;
  readonly at: number;
  readonly data: Json;
}

/** The limits a gateway tells in `connected`. */
export interface AnnouncedLimits {
  readonly maxMessageBytes: number;
  readonly maxFrames: number;
  readonly maxJoins: number;
  readonly messagesPerSecond: number;
}

// From the client

export interface ConnectFrame {
  readonly type: "connect";
  readonly id: number;
  readonly token?: string;
  readonly ticket?: string;
  readonly device?: string;
  /** On a sealed connection: Base64url of the 64 bytes that prove the token's device key (AU-2). */
  readonly proof?: string;
}
export interface RenewFrame {
  readonly type: "renew";
  readonly id: number;
  readonly token: string;
  readonly proof?: string;
}
export interface JoinFrame {
  readonly type: "join";
  readonly id: number;
  readonly channel: string;
  readonly params: Json;
  readonly since?: Position;
}
export interface LeaveFrame {
  readonly type: "leave";
  readonly id: number;
  readonly channel: number;
}
export interface PublishFrame {
  readonly type: "publish";
  readonly id?: number;
  readonly channel: number;
  readonly data: Json;
  readonly key?: string;
}
export interface CallFrame {
  readonly type: "call";
  readonly id: number;
  readonly command: string;
  readonly input: Json;
}
export interface HistoryFrame {
  readonly type: "history";
  readonly id: number;
  readonly channel: number;
  readonly since?: Position;
  readonly limit: number;
  readonly reverse?: boolean;
}
export interface PresenceFrame {
  readonly type: "presence";
  readonly id: number;
  readonly channel: number;
}
export interface PongFrame {
  readonly type: "pong";
}

/** Every frame a client may send. */
export type ClientFrame =
  | ConnectFrame
  | RenewFrame
  | JoinFrame
  | LeaveFrame
  | PublishFrame
  | CallFrame
  | HistoryFrame
  | PresenceFrame
  | PongFrame;

// From the gateway: replies

export interface ConnectedFrame {
  readonly type: "connected";
  readonly id: number;
  readonly connection: string;
  readonly user: string;
  readonly device: string;
  readonly expiresAt: number;
  readonly heartbeatMs: number;
  readonly limits: AnnouncedLimits;
  /** On a sealed connection: Base64url of the 32 bytes that the proof of the next `renew` signs (AU-2). */
  readonly renewalNonce?: string;
}
export interface RenewedFrame {
  readonly type: "renewed";
  readonly id: number;
  readonly expiresAt: number;
  readonly renewalNonce?: string;
}
export interface JoinedFrame {
  readonly type: "joined";
  readonly id: number;
  readonly channel: number;
  readonly name: string;
  readonly params: Json;
  readonly position: Position;
  readonly recovered?: boolean;
  readonly messages?: readonly HistoryMessage[];
  readonly present?: readonly Present[];
  readonly presentCount?: number;
  readonly lossy?: boolean;
  /** Present where messages of the channel come in channel records only (SR-2.2). */
  readonly protection?: "sealed";
}
export interface PublishedFrame {
  readonly type: "published";
  readonly id: number;
  readonly offset: number;
  readonly duplicate?: boolean;
}
export interface ResultFrame {
  readonly type: "result";
  readonly id: number;
  readonly output: Json;
}
export interface MessagesFrame {
  readonly type: "messages";
  readonly id: number;
  readonly channel: number;
  readonly messages: readonly HistoryMessage[];
  readonly position: Position;
}
export interface PresentFrame {
  readonly type: "present";
  readonly id: number;
  readonly channel: number;
  readonly present: readonly Present[];
  readonly presentCount?: number;
}

// From the gateway: `left` is a reply with `id`, a push with `code`

export interface LeftFrame {
  readonly type: "left";
  readonly id?: number;
  readonly channel: number;
  readonly code?: string;
}

// From the gateway: pushes

export interface MessageFrame extends HistoryMessage {
  readonly type: "message";
  readonly channel: number;
}
export interface PresencePushFrame {
  readonly type: "presence";
  readonly channel: number;
  readonly joined?: readonly Present[];
  readonly left?: readonly Present[];
  readonly presentCount?: number;
}
export interface NoticeFrame {
  readonly type: "notice";
  readonly code: string;
  readonly [detail: string]: Json;
}
export interface NotificationFrame {
  readonly type: "notification";
  readonly data: Json;
  readonly at: number;
}
export interface PingFrame {
  readonly type: "ping";
}
export interface ErrorFrame {
  readonly type: "error";
  readonly id?: number;
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs?: number;
  readonly path?: readonly (string | number)[];
}

/** Every frame a gateway may send. */
export type GatewayFrame =
  | ConnectedFrame
  | RenewedFrame
  | JoinedFrame
  | LeftFrame
  | PublishedFrame
  | ResultFrame
  | MessagesFrame
  | PresentFrame
  | MessageFrame
  | PresencePushFrame
  | NoticeFrame
  | NotificationFrame
  | PingFrame
  | ErrorFrame;

import type { Cluster } from "@wardwire/cluster/cluster";
import type { CommandName, Contract, InputOf, OutputOf } from "@wardwire/contract";
import type { AddressLists } from "./accept/address-gate.ts";
import type { AuditOptions } from "./audit/gateway-audit.ts";
import type { Authorize } from "./auth/authorize.ts";
import type { Authenticate, Identity } from "./auth/identity.ts";
import type { Clock } from "./clock.ts";
import type { Observe } from "./observe/events.ts";
import type { ServerKeys } from "./server-keys/server-keys.ts";
import type { SignalThresholds } from "./signals/signal.ts";
import type { Webhook } from "./signals/webhook/webhook.ts";
import type { TicketOptions } from "./tickets/ticket-options.ts";

/**
 * Everything a gateway is made from. The security decisions (which origins, who is it, what may they do) have no
 * default: leaving one out does not compile.
 */
export type GatewayOptions<C extends Contract> = RequiredDecisions<C> & CommandOptions<C> & TunableOptions;

interface RequiredDecisions<C extends Contract> {
  /** Channels and commands, shared with the clients. A protection level this gateway cannot serve is refused. */
  readonly contract: C;
  /** Exact origins, such as `https://chat.example`; browsers on any other page are answered 403 (R14). */
  readonly allowedOrigins: readonly string[];
  /** Turns a credential into an identity or refuses it; usually `jwt({ … })`. */
  readonly authenticate: Authenticate;
  /** Asked before every operation; anything but `allow()` denies, an exception too (R43). */
  readonly authorize: Authorize<C>;
}

/** A contract without commands needs no `commands`; with commands, each needs its handler. */
type CommandOptions<C extends Contract> = [CommandName<C>] extends [never]
  ? { readonly commands?: Record<string, never> }
  : { readonly commands: CommandHandlers<C> };

/** One handler for each command of the contract. */
export type CommandHandlers<C extends Contract> = { readonly [K in CommandName<C>]: CommandHandler<C, K> };

/**
 * Carries out a command. What it returns is checked against the command's output. A thrown `RequestError` reaches the
 * caller with its code; anything else thrown reaches the caller as `internal` and the log in full.
 */
export type CommandHandler<C extends Contract, K extends CommandName<C>> = (
  call: CommandCall<InputOf<C, K>>,
) => OutputOf<C, K> | Promise<OutputOf<C, K>>;

/** What a command handler is given. */
export interface CommandCall<Input> {
  /** Parsed by the contract. */
  readonly input: Input;
  readonly identity: Identity;
  /** Aborted when the connection closes or `handlerTimeoutMs` is over. */
  readonly signal: AbortSignal;
}

interface TunableOptions {
  /** Engine behind the channels; `memory()` of this process when left out. */
  readonly cluster?: Cluster;
  /** Path of the socket endpoint; `/ws` when left out. */
  readonly path?: string;
  /**
   * CIDR ranges of the proxies in front, such as `10.0.0.0/8`. Only from them is `X-Forwarded-For` believed: the
   * right-most address that is none of theirs is the client (R21). None when left out.
   */
  readonly trustedProxies?: readonly string[];
  readonly limits?: Partial<GatewayLimits>;
  /** Whose addresses are let in (R22); everybody's when left out. `gateway.setAddressLists` changes them. */
  readonly addresses?: AddressLists;
  /**
   * The exact `host` or `host:port` a request may name, or `host:*` for any port, in any case; 421 for others, ordinary
   * HTTP requests too (R15).
   * Not looked at when left out.
   */
  readonly allowedHosts?: readonly string[];
  /**
   * Reports what is over a rate (`rate-limited` with `dryRun: true`) and lets it through, to see what a limit would do.
   * Bounds on sizes, numbers and memory stay. False when left out.
   */
  readonly dryRun?: boolean;
  /**
   * Milliseconds without a frame a person or program caused, that is other than `pong` and `renew`, after which a connection is
   * closed with 1000 (R32). It is for sessions that must not stay open unattended; a reader who sends nothing is idle.
   * Never when left out: silence is what the heartbeat is for.
   */
  readonly idleTimeoutMs?: number;
  /** Lets pages whose session is a cookie connect by a ticket (R41); none are issued when left out. */
  readonly tickets?: TicketOptions;
  /** Hears every event worth a log line; JSON lines on standard error when left out. */
  readonly observe?: Observe;
  /**
   * Keeps an audit log of security events: hash-chained, with signed checkpoints (`spec/audit-log.md`). It is opened by
   * the gateway, which admits nobody before, and closed with it. None is kept when left out.
   */
  readonly audit?: AuditOptions;
  /** From how many on refused origins, failed authentications and the like raise the event `signal` (R45, R55). */
  readonly signals?: Partial<SignalThresholds>;
  /** Where signals are posted to as well, each made by `webhook({ … })`; nowhere when left out. */
  readonly webhooks?: readonly Webhook[];
  /**
   * Keys of sealed connections, by `loadServerKeys`; the gateway closes them. A contract with `sealed` channels needs them:
   * without, the gateway does not start.
   */
  readonly serverKeys?: ServerKeys;
  /**
   * `required` refuses tokens without a device key (`cnf`) on sealed connections (AU-2). When left out a token that names a key
   * must be proved, and one that names none is taken. Needs {@link serverKeys}.
   */
  readonly tokenBinding?: "required";
  /** For tests; the machine's clock when left out. */
  readonly clock?: Clock;
}

/** Every bound of a gateway. All are on unless changed. */
export interface GatewayLimits {
  /** Bytes of one WebSocket message from a client (1009). */
  readonly maxMessageBytes: number;
  /** Fragments of one WebSocket message. */
  readonly maxFragments: number;
  /** Frames in one message, and their nesting depth (4400). */
  readonly maxFrames: number;
  readonly maxDepth: number;
  /** Bytes of the request line and headers of a handshake. */
  readonly maxHeaderBytes: number;
  /** TLS handshake, request headers, and the answer to an opening handshake. */
  readonly handshakeTimeoutMs: number;
  /** From the open socket to a `connect` that succeeded (4408). */
  readonly authenticationTimeoutMs: number;
  /** Silence after which a `ping` is sent; after as long again the connection is closed (4409). */
  readonly heartbeatMs: number;
  readonly closeTimeoutMs: number;
  /** From the first byte of a WebSocket message to its last (4409). */
  readonly messageTimeoutMs: number;
  /** TCP connections of the process. */
  readonly maxConnections: number;
  /** Opening handshakes a second of one IP address or IPv6 /64, and how many may come at once (429). */
  readonly handshakesPerSecondPerIp: number;
  readonly handshakeBurstPerIp: number;
  /** Sealed handshakes a second of one address, fresh ones inside a session included, and how many may come at once (4470). */
  readonly sealedHandshakesPerSecondPerIp: number;
  readonly sealedHandshakeBurstPerIp: number;
  /** Percent of one processor core that the KEM of sealed handshakes may take, over all clients (4470). */
  readonly kemPercent: number;
  /** Invalid credentials a minute of one address, and how many at once; then none is looked at (429, or 1013). */
  readonly failedAuthenticationsPerMinutePerIp: number;
  readonly failedAuthenticationBurstPerIp: number;
  /** Open sockets of one IP address, or of one IPv6 /64 (429). */
  readonly maxConnectionsPerIp: number;
  /** Sockets that have not authenticated yet, of one address (429) and in all (503). */
  readonly maxUnauthenticatedPerIp: number;
  readonly maxUnauthenticated: number;
  /** Open connections of one user, over all devices (4429). */
  readonly maxConnectionsPerUser: number;
  /** Channels joined by one connection; with `serverKeys` at most 2,194, whose positions one record has room for. */
  readonly maxJoins: number;
  /** Frames a second from one connection, and how many may come at once (`rate-limited`). */
  readonly messagesPerSecond: number;
  readonly messageBurst: number;
  /** Bytes of WebSocket messages a second from one connection, and how many may come at once (`rate-limited`). */
  readonly bytesPerSecond: number;
  readonly byteBurst: number;
  /** The same over all connections of one address, whoever they belong to (`rate-limited`). */
  readonly messagesPerSecondPerIp: number;
  readonly messageBurstPerIp: number;
  readonly bytesPerSecondPerIp: number;
  readonly byteBurstPerIp: number;
  /** The same over all connections of one user on one device (`rate-limited`). */
  readonly messagesPerSecondPerDevice: number;
  readonly messageBurstPerDevice: number;
  readonly bytesPerSecondPerDevice: number;
  readonly byteBurstPerDevice: number;
  /** The same over all connections of one user (`rate-limited`). */
  readonly messagesPerSecondPerUser: number;
  readonly messageBurstPerUser: number;
  readonly bytesPerSecondPerUser: number;
  readonly byteBurstPerUser: number;
  /** Joins and calls a second of one connection, and how many may come at once (`rate-limited`). */
  readonly joinsPerSecond: number;
  readonly joinBurst: number;
  readonly callsPerSecond: number;
  readonly callBurst: number;
  /**
   * WebSocket pings and pongs a second from one connection, and how many may come at once; on a sealed connection as many
   * records without frames (4429).
   */
  readonly controlFramesPerSecond: number;
  readonly controlFrameBurst: number;
  /** Errors a connection may cause at once; one is forgiven each second (4413; 4429 for too many frames). */
  readonly errorBudget: number;
  /** Commands of one connection that run at the same time. */
  readonly maxConcurrentCalls: number;
  /** After this a command handler's `signal` is aborted and the caller is answered `unavailable`. */
  readonly handlerTimeoutMs: number;
  /** Bytes and frames waiting for a client that reads too slowly (1013, or what its channels say for `whenSlow`). */
  readonly maxOutboundBytes: number;
  readonly maxOutboundMessages: number;
  /** How long a revocation is kept: at least the longest life of a credential (R40). */
  readonly revocationKeptMs: number;
  /** The same over all clients; above it those with the most waiting are closed (1013). */
  readonly maxOutboundBytesTotal: number;
  /** Bytes of messages of which the end has not come, over all clients; whoever exceeds it is closed (1013). */
  readonly maxIncompleteBytesTotal: number;
}

/** The defaults of {@link GatewayLimits}. */
export const defaultLimits: GatewayLimits = Object.freeze({
  maxMessageBytes: 65_536,
  maxFragments: 256,
  maxFrames: 64,
  maxDepth: 32,
  maxHeaderBytes: 16_384,
  handshakeTimeoutMs: 10_000,
  authenticationTimeoutMs: 5_000,
  heartbeatMs: 25_000,
  closeTimeoutMs: 5_000,
  messageTimeoutMs: 20_000,
  maxConnections: 20_000,
  handshakesPerSecondPerIp: 50,
  handshakeBurstPerIp: 1_000,
  sealedHandshakesPerSecondPerIp: 50,
  sealedHandshakeBurstPerIp: 1_000,
  kemPercent: 30,
  failedAuthenticationsPerMinutePerIp: 30,
  failedAuthenticationBurstPerIp: 50,
  maxConnectionsPerIp: 1_000,
  maxUnauthenticatedPerIp: 64,
  maxUnauthenticated: 1_000,
  maxConnectionsPerUser: 32,
  maxJoins: 128,
  messagesPerSecond: 20,
  messageBurst: 100,
  bytesPerSecond: 131_072,
  byteBurst: 524_288,
  messagesPerSecondPerIp: 5_000,
  messageBurstPerIp: 20_000,
  bytesPerSecondPerIp: 16_777_216,
  byteBurstPerIp: 67_108_864,
  messagesPerSecondPerDevice: 40,
  messageBurstPerDevice: 200,
  bytesPerSecondPerDevice: 196_608,
  byteBurstPerDevice: 524_288,
  messagesPerSecondPerUser: 60,
  messageBurstPerUser: 400,
  bytesPerSecondPerUser: 262_144,
  byteBurstPerUser: 524_288,
  joinsPerSecond: 10,
  joinBurst: 128,
  callsPerSecond: 10,
  callBurst: 100,
  controlFramesPerSecond: 10,
  controlFrameBurst: 60,
  errorBudget: 50,
  maxConcurrentCalls: 16,
  handlerTimeoutMs: 30_000,
  maxOutboundBytes: 4_194_304,
  maxOutboundMessages: 10_000,
  revocationKeptMs: 86_400_000,
  maxOutboundBytesTotal: 536_870_912,
  maxIncompleteBytesTotal: 67_108_864,
});

/**
 * What an application does with a gateway. `create-core.ts` puts its parts together.
 *
 * ```ts
 * const gateway = createGateway({ contract, allowedOrigins, authenticate, authorize, commands });
 * await using running = await gateway.listen({ port: 8443, tls: { cert, key } });
 * await running.closed;
 * ```
 */
import type {
  ChannelName,
  Contract,
  MessageInputOf,
  MessageOf,
  NotificationInputOf,
  ParamsInputOf,
} from "@wardwire/contract";
import type { HistoryMessage, Position, Present } from "@wardwire/wire/frames";
import type { AddressLists } from "./accept/address-gate.ts";
import { anyOf } from "./auth/any-of.ts";
import { allow, deny } from "./auth/authorize.ts";
import { clientCertificate } from "./auth/client-certificate.ts";
import { jwt } from "./auth/jwt/jwt.ts";
import { createCore } from "./create-core.ts";
import { RequestError } from "./dispatch/request-error.ts";
import { GatewayError } from "./gateway-error.ts";
import { gatewayOver } from "./gateway-over.ts";
import type { NodeHost } from "./host/node.ts";
import type { GatewayProblem, ListenOptions, ListenWithoutTlsOptions, RunningGateway } from "./lifecycle.ts";
import type { GatewayEvent } from "./observe/events.ts";
import type { GatewayOptions } from "./options.ts";
import type { ReauthorizeFilter } from "./revocation/reauthorize.ts";
import type { RevocationTarget } from "./revocation/target.ts";
import { webhook } from "./signals/webhook/webhook.ts";

export type { AuditOptions } from "./audit/gateway-audit.ts";
export type { Decision } from "./auth/authorize.ts";
export type { GatewayProblem, ListenOptions, ListenWithoutTlsOptions, RunningGateway } from "./lifecycle.ts";
export type { GatewayOptions } from "./options.ts";
export type { RevocationTarget } from "./revocation/target.ts";
export type { Webhook, WebhookOptions } from "./signals/webhook/webhook.ts";
export { allow, anyOf, clientCertificate, deny, GatewayError, jwt, RequestError, webhook };

/** How to publish from the application. */
export interface PublishOptions {
  /**
   * Idempotency key, 1 to 64 visible ASCII characters: a retry with it on the same channel, for at least five minutes,
   * publishes nothing and is answered with the first one's place. Keys of members are apart from the application's.
   */
  readonly key?: string;
}

/** Where a message stands. */
export interface PublishedPlace {
  readonly stream: string;
  readonly offset: number;
  /** Whether an earlier call with the same key had published it. */
  readonly duplicate: boolean;
}

/** What to read of a history. */
export interface HistoryQuery {
  /** Exclusive; of another stream it gives an empty page that is not `complete`. */
  readonly since?: Position;
  /** 1 to 200. */
  readonly limit: number;
  readonly reverse?: boolean;
}

/** A page of a channel's history. */
export interface HistoryPage<Data> {
  /** With who sent each; `from` is absent where the application did. `message` is the message's id. */
  readonly messages: readonly (Omit<HistoryMessage, "data"> & { readonly data: Data })[];
  /** The newest position of the channel. */
  readonly position: Position;
  /** Whether the page continues from `since` without a gap. */
  readonly complete: boolean;
}

/** A gateway for one contract. */
export interface Gateway<C extends Contract> {
  /**
   * Listens over TLS.
   *
   * @throws GatewayError `port-in-use`, `bad-certificate`, `invalid-options`, `closed`; AuditError when the audit log
   *   cannot be opened.
   */
  listen(options: ListenOptions): Promise<RunningGateway>;
  /**
   * Listens without TLS: on loopback, or where every connection comes from one of `trustedProxies`; peers elsewhere are
   * refused (R1).
   *
   * @throws GatewayError as `listen`; `invalid-options` for another address without trusted proxies.
   */
  dangerouslyListenWithoutTls(options: ListenWithoutTlsOptions): Promise<RunningGateway>;
  /** Takes over an `upgrade` event of an existing `https.Server`: `server.on("upgrade", gateway.handleUpgrade)`. */
  readonly handleUpgrade: NodeHost["handleUpgrade"];
  /**
   * Publishes a message of the application's own, without `from`, on channels members may and may not publish to.
   * Resolves once it is in the channel's history.
   *
   * @returns its place in the channel's stream.
   * @throws RequestError `unknown-channel`, `invalid-data`, `too-large`; ClusterError when the engine does not answer.
   */
  publish<N extends ChannelName<C>>(
    channel: N,
    params: ParamsInputOf<C, N>,
    data: MessageInputOf<C, N>,
    options?: PublishOptions,
  ): Promise<PublishedPlace>;
  /**
   * Sends a notification to every connection of a user; nobody else can send one.
   *
   * @returns how many connections it went to.
   * @throws RequestError `invalid-data`.
   */
  notify(userId: string, data: NotificationInputOf<C>): Promise<number>;
  /**
   * A page of a channel's history: after `since` or from the beginning, or with `reverse` backward from `since` or from
   * the end, newest first.
   *
   * @throws RequestError `invalid-data`, `not-supported` where the contract keeps no history; ClusterError when the
   *   engine does not answer.
   */
  history<N extends ChannelName<C>>(
    channel: N,
    params: ParamsInputOf<C, N>,
    query: HistoryQuery,
  ): Promise<HistoryPage<MessageOf<C, N>>>;
  /**
   * Who is present in a channel, by user, device and connection; at most 1,000.
   *
   * @throws RequestError `invalid-data`, `not-supported` where the contract keeps no presence.
   */
  presence<N extends ChannelName<C>>(channel: N, params: ParamsInputOf<C, N>): Promise<readonly Present[]>;
  /**
   * How many connections are present in a channel, over all gateways of the cluster.
   *
   * @throws RequestError as `presence`.
   */
  presenceCount<N extends ChannelName<C>>(channel: N, params: ParamsInputOf<C, N>): Promise<number>;
  /**
   * Puts other address lists in force, for new handshakes and at once for whoever is connected: closed with 4403 (R22).
   *
   * @throws GatewayError `invalid-options`; the lists in force go on then.
   */
  setAddressLists(lists: AddressLists): void;
  /**
   * Revokes credentials: refuses them from now on and closes the connections that live on them with 4403, on every
   * gateway of the cluster (R40). It is kept for `limits.revocationKeptMs`, and for as long as a credential this process
   * has seen may live.
   *
   * @returns how many connections of this process it closed.
   * @throws GatewayError `invalid-options`; ClusterError when the engine does not answer: then it holds in this process.
   */
  revoke(target: RevocationTarget): Promise<{ readonly closed: number }>;
  /**
   * Asks `authorize` again for every joined channel, of all connections of this process or of one user's, after the
   * application's rules have changed. Whoever may no longer be there is sent `left` with `forbidden` (R43).
   *
   * @returns how many memberships have ended.
   */
  reauthorize(filter?: ReauthorizeFilter): Promise<{ readonly expelled: number }>;
  /**
   * Counters and levels of this gateway in the text format of Prometheus, `text/plain; version=0.0.4; charset=utf-8`.
   * Labels are bounded: no user, channel, address or origin stands in it. Whoever serves it asks for a credential (R46).
   */
  metrics(): Promise<string>;
  /** Why it should be sent no further clients, for a readiness check; empty when nothing speaks against it. */
  readonly problems: readonly GatewayProblem[];
  /**
   * Tells of what went wrong around the gateway, to whoever hears its events and to the audit log: `crash` from a handler
   * of last resort, before the process closes the gateway and ends, or a `failure` of the application's own (R35).
   */
  report(event: Extract<GatewayEvent, { readonly event: "crash" | "failure" }>): void;
  /** Takes no new connections, closes those there are with 1001, releases everything. Calling it again waits too. */
  close(): Promise<void>;
}

/**
 * Makes a gateway. It does not listen yet.
 *
 * @throws GatewayError `invalid-options`, `unsupported-protection`.
 */
export function createGateway<const C extends Contract>(options: GatewayOptions<C>): Gateway<C> {
  // The contract's types end here: inside, names and data are whatever the contract's schemas have checked.
  const core = createCore(options as unknown as GatewayOptions<Contract>);
  return gatewayOver(core, {
    trustedProxies: options.trustedProxies ?? [],
    ownsCluster: options.cluster === undefined,
  });
}

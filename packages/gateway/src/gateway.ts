/**
 * The composition root: what a gateway is made of, and what an application does with one.
 *
 * ```ts
 * const gateway = createGateway({ contract, allowedOrigins, authenticate, authorize, commands });
 * await using running = await gateway.listen({ port: 8443, tls: { cert, key } });
 * await running.closed;
 * ```
 */
import {
  type ChannelName,
  type Contract,
  type MessageInputOf,
  type NotificationInputOf,
  type ParamsInputOf,
  type ParseResult,
  parse,
} from "@wardwire/contract";
import type { Json, Present } from "@wardwire/wire/frames";
import type { AddressLists } from "./accept/address-gate.ts";
import { setAddressLists } from "./accept/set-address-lists.ts";
import { allow, deny } from "./auth/authorize.ts";
import { clientCertificate } from "./auth/client-certificate.ts";
import { jwt } from "./auth/jwt.ts";
import { channelAddress } from "./channels/address.ts";
import { presentIn } from "./channels/present.ts";
import { publishTo } from "./channels/publish.ts";
import type { Core } from "./core.ts";
import { createCore } from "./create-core.ts";
import { asJson } from "./dispatch/as-json.ts";
import { RequestError } from "./dispatch/request-error.ts";
import { GatewayError } from "./gateway-error.ts";
import type { NodeHost } from "./host/node.ts";
import { Lifecycle, type ListenOptions, type ListenWithoutTlsOptions, type RunningGateway } from "./lifecycle.ts";
import type { GatewayOptions } from "./options.ts";
import { type ReauthorizeFilter, reauthorize } from "./revocation/reauthorize.ts";
import type { RevocationTarget } from "./revocation/target.ts";

export type { Decision } from "./auth/authorize.ts";
export type { ListenOptions, ListenWithoutTlsOptions, RunningGateway } from "./lifecycle.ts";
export type { GatewayOptions } from "./options.ts";
export type { RevocationTarget } from "./revocation/target.ts";
export { allow, clientCertificate, deny, GatewayError, jwt, RequestError };

/** A gateway for one contract. */
export interface Gateway<C extends Contract> {
  /**
   * Listens over TLS.
   *
   * @throws GatewayError `port-in-use`, `bad-certificate`, `invalid-options`, `closed`.
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
   *
   * @returns its offset in the channel's stream.
   * @throws RequestError `invalid-data`; ClusterError when the engine does not answer.
   */
  publish<N extends ChannelName<C>>(
    channel: N,
    params: ParamsInputOf<C, N>,
    data: MessageInputOf<C, N>,
  ): Promise<{ readonly offset: number }>;
  /**
   * Sends a notification to every connection of a user; nobody else can send one.
   *
   * @returns how many connections it went to.
   * @throws RequestError `invalid-data`.
   */
  notify(userId: string, data: NotificationInputOf<C>): Promise<number>;
  /**
   * Who is present in a channel.
   *
   * @throws RequestError `invalid-data`, `not-supported` where the contract keeps no presence.
   */
  presence<N extends ChannelName<C>>(channel: N, params: ParamsInputOf<C, N>): Promise<readonly Present[]>;
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
  const lifecycle = new Lifecycle(core, {
    trustedProxies: options.trustedProxies ?? [],
    ownsCluster: options.cluster === undefined,
  });
  return {
    listen: (listenOptions) => lifecycle.listen(listenOptions),
    dangerouslyListenWithoutTls: (listenOptions) => lifecycle.listenWithoutTls(listenOptions),
    handleUpgrade: lifecycle.handleUpgrade,
    publish: (channel, params, data) => publish(core, channel, params, data),
    notify: async (userId, data) => notify(core, userId, data),
    presence: async (channel, params) => presence(core, channel, params),
    setAddressLists: (lists) => setAddressLists(core, lists),
    revoke: (target) => core.revocations.revoke(target),
    reauthorize: (filter = {}) => reauthorize(core, filter),
    close: () => lifecycle.close(),
  };
}

async function publish(core: Core, name: string, params: unknown, data: unknown): Promise<{ readonly offset: number }> {
  const address = channelAddress(core.contract, name, params);
  const message = checked(parse(address.definition.message, data));
  const { position } = await publishTo(core, address, { data: message });
  return { offset: position.offset };
}

function notify(core: Core, userId: string, data: unknown): number {
  const { notification } = core.contract.definition;
  if (notification === undefined) {
    throw new GatewayError("invalid-options", "notify: the contract declares no notification");
  }
  const frame = { type: "notification", data: checked(parse(notification, data)), at: core.clock.now() } as const;
  const connections = core.connections.ofUser(userId);
  for (const connection of connections) connection.send(frame);
  return connections.size;
}

function presence(core: Core, name: string, params: unknown): Promise<readonly Present[]> {
  const address = channelAddress(core.contract, name, params);
  if (address.definition.presence !== true) throw new RequestError("not-supported", `${name} keeps no presence`);
  return presentIn(core.cluster, address);
}

function checked(parsed: ParseResult<unknown>): Json {
  if (!parsed.ok) throw new RequestError("invalid-data", parsed.message, { path: parsed.path });
  return asJson(parsed.value);
}

import { BlockList, isIP } from "node:net";
import { isTrustedProxy } from "./accept/client-address.ts";
import { guardFetch } from "./accept/guard-fetch.ts";
import { plainAnswer } from "./accept/plain-answer.ts";
import { requireTls } from "./accept/require-tls.ts";
import { answerUpgrade } from "./accept/upgrade.ts";
import type { Core } from "./core.ts";
import { GatewayError } from "./gateway-error.ts";
import { parseCertificate } from "./host/certificate.ts";
import type { ListenAddress, TlsListenOptions } from "./host/listen-options.ts";
import { type NodeHost, nodeHost } from "./host/node.ts";
import type { HostHandlers, HostLimits, SocketHost, UpgradeAnswer } from "./host/socket-host.ts";
import type { GatewayLimits } from "./options.ts";
import { withKeyBundle } from "./sealed/key-bundle-endpoint.ts";
import { withTickets } from "./tickets/tickets.ts";

/** Where to listen. */
export interface ListenWithoutTlsOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** An IP address or `localhost`, which is both loopback families. Every address of the machine when left out. */
  readonly host?: string;
  /** Answers what is no WebSocket handshake; 404 when left out. */
  readonly fetch?: (request: Request, remoteAddress: string) => Response | Promise<Response>;
  /** Gives up listening; without effect once it listens. */
  readonly signal?: AbortSignal;
}

/** Where and how to listen. */
export interface ListenOptions extends ListenWithoutTlsOptions {
  /** Certificate and key; TLS 1.3 only unless `profile` says otherwise. */
  readonly tls: TlsListenOptions;
}

/** A listening gateway; `await using` closes it. */
export interface RunningGateway extends AsyncDisposable {
  /** The addresses listened on. */
  readonly addresses: readonly { readonly address: string; readonly port: number }[];
  /** Resolves when the gateway has been closed. */
  readonly closed: Promise<void>;
  /** Closes the whole gateway, as `Gateway.close`. */
  close(): Promise<void>;
}

/** Why a gateway should be sent no further clients: it is being closed, or its audit log cannot be kept. */
export type GatewayProblem = "closing" | "audit";

/** What the lifecycle needs to know besides the core. */
export interface LifecycleOptions {
  readonly trustedProxies: readonly string[];
  /** Whether closing the gateway closes the engine. */
  readonly ownsCluster: boolean;
}

/** Listening and closing: what a gateway holds open, and how it lets go. */
export class Lifecycle {
  readonly #core: Core;
  readonly #options: LifecycleOptions;
  readonly #attached: NodeHost;
  /** Where sockets come from, `#attached` included. */
  readonly #hosts: NodeHost[];
  readonly #listening: SocketHost[] = [];
  readonly #ended = Promise.withResolvers<void>();
  #closing = false;

  constructor(core: Core, options: LifecycleOptions) {
    this.#core = core;
    this.#options = options;
    this.#attached = nodeHost(
      this.#handlers((request) => answerUpgrade(core, request)),
      hostLimits(core.limits),
    );
    this.#hosts = [this.#attached];
  }

  /** See `Gateway.handleUpgrade`. */
  readonly handleUpgrade: NodeHost["handleUpgrade"] = (request, socket, head) => {
    if (!this.#closing) this.#run();
    this.#attached.handleUpgrade(request, socket, head);
  };

  /** See `Gateway.listen`. */
  listen(options: ListenOptions): Promise<RunningGateway> {
    const handlers = this.#handlers((request) => answerUpgrade(this.#core, request), options.fetch);
    return this.#start(handlers, options, options.tls);
  }

  /** See `Gateway.dangerouslyListenWithoutTls`. */
  async listenWithoutTls(options: ListenWithoutTlsOptions): Promise<RunningGateway> {
    const isProxy = isTrustedProxy(this.#options.trustedProxies);
    const onLoopback = addressesOf(options.host).every(({ address }) => isLoopback(address));
    if (!onLoopback && this.#options.trustedProxies.length === 0) {
      const host = options.host ?? "every address";
      throw new GatewayError(
        "invalid-options",
        `without TLS: expected a loopback host, or the proxies in front as trustedProxies; got ${host} and no proxies`,
      );
    }
    const handlers = this.#handlers((request) => answerUpgrade(this.#core, request), options.fetch);
    const guarded = requireTls(handlers, (peer) => isLoopback(peer) || isProxy(peer));
    return this.#start(guarded, options, "none");
  }

  /** Bytes held of messages whose end has not come, over all that listens. */
  get incompleteBytes(): number {
    return this.#hosts.reduce((sum, { incompleteBytes }) => sum + incompleteBytes, 0);
  }

  /** See `Gateway.problems`. */
  get problems(): readonly GatewayProblem[] {
    const isUnrecorded = this.#core.audit?.isFailing === true;
    return [...(this.#closing ? (["closing"] as const) : []), ...(isUnrecorded ? (["audit"] as const) : [])];
  }

  /** See `Gateway.close`. */
  close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#end().then(this.#ended.resolve, this.#ended.reject);
    }
    return this.#ended.promise;
  }

  #handlers(upgrade: HostHandlers["upgrade"], fetch?: ListenWithoutTlsOptions["fetch"]): HostHandlers {
    const answering = withTickets(this.#core, withKeyBundle(this.#core, fetch ?? notFound));
    return {
      upgrade: (request) => (this.#closing ? goingAway : this.#audited(() => upgrade(request))),
      problem: ({ what, remoteAddress, code }) =>
        this.#core.observe({
          event: "peer-problem",
          what,
          ...(remoteAddress === undefined ? {} : { address: remoteAddress }),
          ...(code === undefined ? {} : { code }),
        }),
      fetch: guardFetch(this.#core, answering),
      isProxy: isTrustedProxy(this.#options.trustedProxies),
    };
  }

  /** Nobody is admitted unrecorded: not before the audit log is open, and not at all when it could not be opened. */
  #audited(answer: () => UpgradeAnswer | Promise<UpgradeAnswer>): UpgradeAnswer | Promise<UpgradeAnswer> {
    const opening = this.#core.audit?.ready();
    return opening === undefined ? answer() : opening.then(answer, () => unrecorded);
  }

  async #start(
    handlers: HostHandlers,
    options: ListenWithoutTlsOptions,
    tls: TlsListenOptions | "none",
  ): Promise<RunningGateway> {
    this.#refuseOnceClosed();
    const { vitalSigns } = this.#core;
    const { port, signal } = options;
    const hosts = addressesOf(options.host);
    const host = nodeHost(handlers, hostLimits(this.#core.limits));
    await this.#core.audit?.ready();
    const socketHost = await host.listen({
      port,
      hosts,
      tls,
      ...(signal && { signal }),
    });
    if (this.#closing) await socketHost.close();
    this.#refuseOnceClosed();
    this.#listening.push(socketHost);
    this.#hosts.push(host);
    if (tls !== "none") vitalSigns.certificateUntil(parseCertificate(tls.cert, "certificate").validToDate);
    this.#run();
    this.#core.observe({ event: "listening", addresses: socketHost.addresses });
    const close = (): Promise<void> => this.close();
    return { addresses: socketHost.addresses, closed: this.#ended.promise, close, [Symbol.asyncDispose]: close };
  }

  /** What goes on by itself as long as the gateway can be reached. */
  #run(): void {
    this.#core.vitalSigns.start();
    this.#core.sealing?.start();
  }

  #refuseOnceClosed(): void {
    if (!this.#closing) return;
    throw new GatewayError("closed", "the gateway has been closed; make another one to listen again");
  }

  async #end(): Promise<void> {
    const { connections, observe, cluster, revocations, vitalSigns, webhooks, audit, sealing } = this.#core;
    observe({ event: "stopping" });
    // What happens from here on is on the record too, whatever else fails.
    await using _audit = audit && { [Symbol.asyncDispose]: () => audit.close() };
    vitalSigns.close();
    for (const host of this.#listening) host.stopAccepting();
    // The host cuts off whoever does not answer the close within closeTimeoutMs, so this ends.
    await connections.sendAllAway((connection) => {
      connection.send({ type: "notice", code: "draining" });
      connection.close("goingAway", "the gateway is going away");
    });
    await Promise.all(this.#listening.map((host) => host.close()));
    revocations.close();
    sealing?.close();
    for (const webhook of webhooks) webhook.close();
    if (this.#options.ownsCluster) await cluster.close();
  }
}

/** Beside the sockets an address may have open stand those on their way, so that one too many is answered with 429. */
function hostLimits(limits: GatewayLimits): HostLimits {
  return { ...limits, maxConnectionsPerPeer: limits.maxConnectionsPerIp + limits.maxUnauthenticatedPerIp };
}

const notFound = (): Response => plainAnswer(404, "not found");

const goingAway: UpgradeAnswer = {
  accepted: false,
  status: 503,
  headers: { "Retry-After": "1" },
  body: "the gateway is going away; try again",
};

const unrecorded: UpgradeAnswer = {
  accepted: false,
  status: 503,
  headers: { "Retry-After": "5" },
  body: "the gateway cannot keep its record; try again later",
};

function addressesOf(host: string | undefined): readonly ListenAddress[] {
  if (host === undefined) return [{ address: "0.0.0.0" }, { address: "::", optional: true }];
  if (host === "localhost") return [{ address: "127.0.0.1" }, { address: "::1", optional: true }];
  return [{ address: host }];
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 4 ? "ipv4" : "ipv6");
}

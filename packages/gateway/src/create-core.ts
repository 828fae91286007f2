import { randomBytes } from "node:crypto";
import { memory } from "@wardwire/cluster/memory";
import type { Contract, Protection } from "@wardwire/contract";
import { AddressGate } from "./accept/address-gate.ts";
import { parseAllowedHosts } from "./accept/allowed-hosts.ts";
import { clientAddress } from "./accept/client-address.ts";
import { parseAllowedOrigins } from "./accept/origin.ts";
import { GatewayAudit } from "./audit/gateway-audit.ts";
import { credentialIds } from "./auth/credential-id.ts";
import type { TokenBinding } from "./auth/token-binding.ts";
import { ChannelRegistry } from "./channels/registry.ts";
import { type Clock, systemClock } from "./clock.ts";
import { ConnectionDirectory } from "./connection/directory.ts";
import { Turn } from "./connection/turn.ts";
import type { Core } from "./core.ts";
import { GatewayError } from "./gateway-error.ts";
import { postHttps } from "./host/node/post-https.ts";
import { Budgets } from "./limits/budgets.ts";
import { ConnectionCounts } from "./limits/connection-counts.ts";
import { OutboundTotal } from "./limits/outbound-total.ts";
import type { GatewayEvent, Observe } from "./observe/events.ts";
import { logEvents } from "./observe/log.ts";
import { Metrics } from "./observe/metrics.ts";
import { defaultLimits, type GatewayLimits, type GatewayOptions } from "./options.ts";
import { GatewayRevocations } from "./revocation/gateway-revocations.ts";
import { openSealing } from "./sealed/open-sealing.ts";
import { openProcessMeter } from "./signals/process-meter.ts";
import { checkThresholds, type SignalEvent } from "./signals/signal.ts";
import { Signals } from "./signals/signals.ts";
import { VitalSigns } from "./signals/vital-signs.ts";
import { WebhookQueue } from "./signals/webhook/queue.ts";
import { checkTicketOptions } from "./tickets/ticket-options.ts";
import { TicketStore } from "./tickets/ticket-store.ts";

/**
 * Checks the options, fills in the defaults, and makes what all rooms share.
 *
 * @throws GatewayError `invalid-options`, `unsupported-protection`.
 */
export function createCore(options: GatewayOptions<Contract>): Core {
  requireDecisions(options);
  requireServedProtection(options);
  const limits = checkLimits(options.limits ?? {});
  const cluster = options.cluster ?? memory();
  const clock = options.clock ?? systemClock;
  const watching = createWatch(options, clock, limits);
  const { observe } = watching;
  const connections = new ConnectionDirectory();
  const turn = new Turn();
  const places = { maxTotal: limits.maxConnections };
  const path = checkPath(options.path ?? "/ws");
  const budgets = new Budgets({ limits, clock, observe, dryRun: options.dryRun === true });
  const { serverKeys } = options;
  const { metrics } = watching;
  const sealing = serverKeys && openSealing({ serverKeys, path, limits, clock, budgets, metrics, observe });
  const keptMs = limits.revocationKeptMs;
  const revocations = new GatewayRevocations({ engine: cluster.revocations, connections, clock, observe, keptMs });
  return Object.freeze({
    contract: options.contract,
    allowedOrigins: parseAllowedOrigins(options.allowedOrigins),
    path,
    clientAddress: clientAddress(options.trustedProxies ?? []),
    addressGate: new AddressGate(options.addresses ?? {}),
    allowedHosts: options.allowedHosts && parseAllowedHosts(options.allowedHosts),
    authenticate: options.authenticate,
    credentialId: credentialIds(),
    tokenBinding: checkTokenBinding(options),
    authorize: options.authorize,
    commands: options.commands ?? {},
    cluster,
    limits,
    ...watching,
    clock,
    idleTimeoutMs: checkIdleTimeout(options.idleTimeoutMs),
    turn,
    channels: new ChannelRegistry({
      broker: cluster.broker,
      turn,
      clock,
      random: Math.random,
      presentCount: ({ key }) => cluster.presence.count(key),
      failed: (error) => observe({ event: "failure", where: "channels", error }),
      sealing,
      readRevocations: () => revocations.read(),
    }),
    connections,
    revocations,
    tickets: options.tickets && { ...checkTicketOptions(options.tickets), store: new TicketStore(clock) },
    openPerIp: new ConnectionCounts({ ...places, maxPerKey: limits.maxConnectionsPerIp }),
    unauthenticatedPerIp: new ConnectionCounts({
      maxTotal: limits.maxUnauthenticated,
      maxPerKey: limits.maxUnauthenticatedPerIp,
    }),
    budgets,
    outboundTotal: new OutboundTotal(limits.maxOutboundBytesTotal),
    sealing,
    nextMessageId: messageIds(),
  });
}

type Watch = Pick<Core, "observe" | "audit" | "metrics" | "signals" | "vitalSigns" | "webhooks">;

/** Everything that hears the gateway's events: whom the application named, audit, metrics, signals and what posts them. */
function createWatch(options: GatewayOptions<Contract>, clock: Clock, limits: GatewayLimits): Watch {
  const heard: Observe[] = [];
  const observe: Observe = (event) => {
    for (const hear of heard) hear(event);
  };
  const thresholds = checkThresholds(options.signals ?? {});
  const metrics = new Metrics();
  const maxCredentials = Math.max(mostSubjects, limits.maxConnections);
  const signals = new Signals({ thresholds, clock, observe, maxSubjects: mostSubjects, maxCredentials });
  const raise = (signal: SignalEvent): void => signals.raise(signal);
  const vitalSigns = new VitalSigns({ thresholds, clock, observe, raise, openMeter: openProcessMeter });
  const queue = { clock, observe, post: postHttps, random: Math.random };
  const webhooks = (options.webhooks ?? []).map((webhook) => new WebhookQueue(webhook, queue));
  heard.push(guarded(options.observe ?? logEvents()), (event) => metrics.count(event));
  const audit = options.audit && new GatewayAudit({ log: options.audit, clock, report: observe });
  if (audit !== undefined) heard.push((event) => audit.observe(event));
  // Last, so that what they raise is heard behind its cause.
  heard.push((event) => signals.hear(event));
  for (const webhook of webhooks) heard.push((event) => webhook.hear(event));
  return { observe, audit, metrics, signals, vitalSigns, webhooks };
}

/** Addresses, origins or users that a signal remembers; totals count on beyond them. About 400 bytes each. */
const mostSubjects = 8_192;

/** What the compiler asks for is asked again of JavaScript callers: nothing runs with a decision left open. */
function requireDecisions(options: GatewayOptions<Contract>): void {
  const { contract, authenticate, authorize, commands = {} } = options;
  if (typeof contract?.channel !== "function") refuse("contract: expected what defineContract() gives");
  if (typeof authenticate !== "function") refuse("authenticate: expected a function such as jwt({ … }) gives");
  if (typeof authorize !== "function") refuse("authorize: expected a function that returns allow() or deny(reason)");
  const declared = Object.keys(contract.definition.commands ?? {});
  for (const name of declared) {
    const handler: unknown = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (typeof handler !== "function") refuse(`commands.${name}: expected a handler for this command of the contract`);
  }
  for (const name of Object.keys(commands)) {
    if (!declared.includes(name)) refuse(`commands.${name}: the contract has no such command`);
  }
}

/** Nothing weaker is served than the contract asks for (SR-2.2). */
function requireServedProtection({ contract, serverKeys }: GatewayOptions<Contract>): void {
  const served: readonly Protection[] = serverKeys === undefined ? ["transport"] : ["transport", "sealed"];
  for (const [name, { protection }] of Object.entries(contract.definition.channels)) {
    if (served.includes(protection)) continue;
    const advice = protection === "sealed" ? ", and sealed with serverKeys" : "";
    throw new GatewayError(
      "unsupported-protection",
      `channel ${name}: this gateway cannot serve protection "${protection}" and serves nothing weaker instead; it serves ${served.join(", ")}${advice}`,
    );
  }
}

function checkLimits(changed: Partial<GatewayLimits>): GatewayLimits {
  for (const [name, value] of Object.entries(changed)) {
    if (!Object.hasOwn(defaultLimits, name)) refuse(`limits.${name}: there is no such limit`);
    if (!Number.isSafeInteger(value) || value < 1)
      refuse(`limits.${name}: expected a whole number above 0, got ${value}`);
  }
  const limits = Object.freeze({ ...defaultLimits, ...changed });
  for (const name of ["byteBurst", "byteBurstPerIp", "byteBurstPerDevice", "byteBurstPerUser"] as const) {
    if (limits[name] >= limits.maxMessageBytes) continue;
    refuse(`limits.${name}: expected at least maxMessageBytes, or the largest message can never be sent; raise both`);
  }
  return limits;
}

function checkIdleTimeout(idleTimeoutMs: number | undefined): number | undefined {
  if (idleTimeoutMs === undefined || (Number.isSafeInteger(idleTimeoutMs) && idleTimeoutMs >= 1)) return idleTimeoutMs;
  refuse(`idleTimeoutMs: expected a whole number above 0, got ${idleTimeoutMs}`);
}

function checkTokenBinding({ tokenBinding, serverKeys }: GatewayOptions<Contract>): TokenBinding {
  if (tokenBinding === undefined) return undefined;
  if (tokenBinding !== "required") {
    refuse(`tokenBinding: expected "required" or nothing, got ${JSON.stringify(tokenBinding)}`);
  }
  if (serverKeys === undefined) refuse("tokenBinding: needs serverKeys, as only sealed connections can bind a token");
  return tokenBinding;
}

function checkPath(path: string): string {
  if (!/^\/[\w./~-]*$/.test(path)) refuse(`path: expected a path such as /ws, got ${JSON.stringify(path)}`);
  return path;
}

/** An observer that throws or rejects must not take a connection, or the process, with it. */
function guarded(observe: Observe): Observe {
  return (event: GatewayEvent) => {
    try {
      // The compiler takes an async function for an Observe, and a rejection nobody handles ends the process.
      const answer: unknown = observe(event);
      if (answer instanceof Promise) answer.catch(() => {});
    } catch {
      // Documented at Observe: there is nobody left to tell.
    }
  };
}

/** Unique over processes and restarts: 96 random bits a process, then a counter. */
function messageIds(): () => string {
  const prefix = `m_${randomBytes(12).toString("base64url")}`;
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}${count.toString(36)}`;
  };
}

function refuse(message: string): never {
  throw new GatewayError("invalid-options", message);
}

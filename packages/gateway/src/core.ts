import type { Cluster } from "@wardwire/cluster/cluster";
import type { Contract } from "@wardwire/contract";
import type { AddressGate } from "./accept/address-gate.ts";
import type { AllowedHosts } from "./accept/allowed-hosts.ts";
import type { ClientAddress } from "./accept/client-address.ts";
import type { AllowedOrigins } from "./accept/origin.ts";
import type { GatewayAudit } from "./audit/gateway-audit.ts";
import type { Authorize } from "./auth/authorize.ts";
import type { CredentialId } from "./auth/credential-id.ts";
import type { Authenticate } from "./auth/identity.ts";
import type { TokenBinding } from "./auth/token-binding.ts";
import type { ChannelRegistry } from "./channels/registry.ts";
import type { Clock } from "./clock.ts";
import type { ConnectionDirectory } from "./connection/directory.ts";
import type { Turn } from "./connection/turn.ts";
import type { Budgets } from "./limits/budgets.ts";
import type { ConnectionCounts } from "./limits/connection-counts.ts";
import type { OutboundTotal } from "./limits/outbound-total.ts";
import type { Observe } from "./observe/events.ts";
import type { Metrics } from "./observe/metrics.ts";
import type { CommandHandlers, GatewayLimits } from "./options.ts";
import type { GatewayRevocations } from "./revocation/gateway-revocations.ts";
import type { Sealing } from "./sealed/sealing.ts";
import type { Signals } from "./signals/signals.ts";
import type { VitalSigns } from "./signals/vital-signs.ts";
import type { WebhookQueue } from "./signals/webhook/queue.ts";
import type { Tickets } from "./tickets/tickets.ts";

/** What every room of one gateway shares. Made once, by `createGateway`. */
export interface Core {
  readonly contract: Contract;
  readonly allowedOrigins: AllowedOrigins;
  /** Path of the socket endpoint. */
  readonly path: string;
  readonly clientAddress: ClientAddress;
  readonly addressGate: AddressGate;
  /** Undefined: every Host is taken. */
  readonly allowedHosts: AllowedHosts | undefined;
  readonly authenticate: Authenticate;
  readonly credentialId: CredentialId;
  readonly tokenBinding: TokenBinding;
  readonly authorize: Authorize<Contract>;
  readonly commands: CommandHandlers<Contract>;
  readonly cluster: Cluster;
  readonly limits: GatewayLimits;
  readonly observe: Observe;
  /** Undefined: no audit log is kept. */
  readonly audit: GatewayAudit | undefined;
  readonly metrics: Metrics;
  readonly signals: Signals;
  readonly vitalSigns: VitalSigns;
  readonly webhooks: readonly WebhookQueue[];
  readonly clock: Clock;
  /** Undefined: nobody is closed for being idle. */
  readonly idleTimeoutMs: number | undefined;
  readonly turn: Turn;
  readonly channels: ChannelRegistry;
  readonly connections: ConnectionDirectory;
  readonly revocations: GatewayRevocations;
  /** Undefined: this gateway issues none. */
  readonly tickets: Tickets | undefined;
  /** Open sockets by client address; those that have not authenticated yet are counted again. */
  readonly openPerIp: ConnectionCounts;
  readonly unauthenticatedPerIp: ConnectionCounts;
  readonly budgets: Budgets;
  readonly outboundTotal: OutboundTotal;
  /** Undefined: this gateway serves no sealed connections. */
  readonly sealing: Sealing | undefined;
  readonly nextMessageId: () => string;
}

import type { Cluster } from "@wardwire/cluster/cluster";
import type { Contract } from "@wardwire/contract";
import type { ClientAddress } from "./accept/client-address.ts";
import type { AllowedOrigins } from "./accept/origin.ts";
import type { Authorize } from "./auth/authorize.ts";
import type { Authenticate } from "./auth/identity.ts";
import type { ChannelRegistry } from "./channels/registry.ts";
import type { Clock } from "./clock.ts";
import type { ConnectionDirectory } from "./connection/directory.ts";
import type { Turn } from "./connection/turn.ts";
import type { ConnectionCounts } from "./limits/connection-counts.ts";
import type { Observe } from "./observe/events.ts";
import type { CommandHandlers, GatewayLimits } from "./options.ts";

/** What every room of one gateway shares. Made once, by `createGateway`. */
export interface Core {
  readonly contract: Contract;
  readonly allowedOrigins: AllowedOrigins;
  /** Path of the socket endpoint. */
  readonly path: string;
  readonly clientAddress: ClientAddress;
  readonly authenticate: Authenticate;
  readonly authorize: Authorize<Contract>;
  readonly commands: CommandHandlers<Contract>;
  readonly cluster: Cluster;
  readonly limits: GatewayLimits;
  readonly observe: Observe;
  readonly clock: Clock;
  readonly turn: Turn;
  readonly channels: ChannelRegistry;
  readonly connections: ConnectionDirectory;
  /** Open sockets by client address; those that have not authenticated yet are counted again. */
  readonly openPerIp: ConnectionCounts;
  readonly unauthenticatedPerIp: ConnectionCounts;
  readonly nextMessageId: () => string;
}

import type { Mutant } from "./mutant.ts";
import { attackMutants } from "./table/attacks.ts";
import { clientMutants } from "./table/client.ts";
import { clusterMutants } from "./table/cluster.ts";
import { contractMutants } from "./table/contract.ts";
import { deliveryMutants } from "./table/delivery.ts";
import { faultMutants } from "./table/faults.ts";
import { gatewayMutants } from "./table/gateway.ts";
import { handshakeMutants } from "./table/handshake.ts";
import { limitMutants } from "./table/limits.ts";
import { recordMutants } from "./table/records.ts";
import { revocationMutants } from "./table/revocation.ts";
import { scannerMutants } from "./table/scanner.ts";
import { sealedChannelMutants } from "./table/sealed/channels.ts";
import { sealedClientMutants } from "./table/sealed/client.ts";
import { serverKeyMutants } from "./table/sealed/server-keys.ts";
import { sealedSessionMutants } from "./table/sealed/sessions.ts";
import { signalMutants } from "./table/signals.ts";
import { wireMutants } from "./table/wire.ts";

/** One line of the product gone wrong each, by package. A new guard brings its mutant with it. */
export const mutants: readonly Mutant[] = [
  ...wireMutants,
  ...handshakeMutants,
  ...contractMutants,
  ...clusterMutants,
  ...gatewayMutants,
  ...deliveryMutants,
  ...limitMutants,
  ...recordMutants,
  ...revocationMutants,
  ...sealedSessionMutants,
  ...sealedClientMutants,
  ...serverKeyMutants,
  ...sealedChannelMutants,
  ...signalMutants,
  ...attackMutants,
  ...clientMutants,
  ...faultMutants,
  ...scannerMutants,
];

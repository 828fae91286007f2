import type { Mutant } from "./mutant.ts";
import { clientMutants } from "./table/client.ts";
import { contractMutants } from "./table/contract.ts";
import { cryptoMutants } from "./table/crypto.ts";
import { gatewayMutants } from "./table/gateway.ts";
import { limitMutants } from "./table/limits.ts";
import { revocationMutants } from "./table/revocation.ts";
import { wireMutants } from "./table/wire.ts";

/** One line of the product gone wrong each, by package. A new guard brings its mutant with it. */
export const mutants: readonly Mutant[] = [
  ...wireMutants,
  ...cryptoMutants,
  ...contractMutants,
  ...gatewayMutants,
  ...limitMutants,
  ...revocationMutants,
  ...clientMutants,
];

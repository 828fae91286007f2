import { nobleKeyExchange } from "../../src/primitives/noble/key-exchange.ts";
import { noblePrimitives } from "../../src/primitives/noble.ts";
import { nodeKeyExchange } from "../../src/primitives/node/key-exchange.ts";
import { nodePrimitives } from "../../src/primitives/node.ts";
import type { Primitives } from "../../src/primitives/primitives.ts";
import { webKeyExchange } from "../../src/primitives/web/key-exchange.ts";
import { createWebPrimitives } from "../../src/primitives/web.ts";
import type { XWingParts } from "../../src/primitives/x-wing.ts";

/** All three, for tests that hold each to the same results. */
export const backends: readonly Primitives[] = [nodePrimitives, await createWebPrimitives(), noblePrimitives];

/** The halves of X-Wing of a backend, by its name. */
export const keyExchanges: Readonly<Record<Primitives["backend"], Pick<XWingParts, "mlKem" | "x25519">>> = {
  node: nodeKeyExchange,
  web: await webKeyExchange(),
  noble: nobleKeyExchange,
};

import { AwaitingFirstMessage, type GatewayHandshakeOptions } from "@wardwire/crypto/handshake/gateway-handshake";
import { SeenCiphertexts } from "@wardwire/crypto/handshake/seen-ciphertexts";
import { parseBundle } from "@wardwire/crypto/keys/bundle";
import type { Signer } from "@wardwire/crypto/primitives";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import type { Clock } from "../clock.ts";
import { GatewayError } from "../gateway-error.ts";
import type { Budgets } from "../limits/budgets.ts";
import type { Observe } from "../observe/events.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { GatewayLimits } from "../options.ts";
import type { ServerKeys } from "../server-keys/server-keys.ts";
import { SampledTime } from "./sampled-time.ts";
import type { BoundSession, Sealing } from "./sealing.ts";
import { sessionLimits } from "./session-limits.ts";

/** What sealed connections are served with. */
export interface SealingOptions {
  /** Closed by {@link Sealing.close}. */
  readonly serverKeys: ServerKeys;
  /** Of the socket endpoint. */
  readonly path: string;
  readonly limits: GatewayLimits;
  readonly clock: Clock;
  readonly budgets: Budgets;
  readonly metrics: Metrics;
  readonly observe: Observe;
}

/**
 * Makes what all sealed connections share.
 *
 * @throws GatewayError `invalid-options` for limits that leave no room for a handshake, and for keys without a bundle that
 *   is in force: no client could connect
 */
export function openSealing(options: SealingOptions): Sealing {
  const { serverKeys, clock, metrics } = options;
  requireBundle(serverKeys);
  const handshakes = sharedHandshakeOptions(options);
  const now = (): number => clock.monotonic();
  const timed = (work: "seal" | "open"): SampledTime =>
    new SampledTime(now, (seconds) => metrics.timeRecord(work, seconds));
  const signer = randomSigner();
  return {
    serverKeys,
    primitives: nodePrimitives,
    signer,
    sessionLimits: handshakes.limits,
    awaitFirstMessage: (address, within) => awaitFirstMessage(options, handshakes, address, within),
    openSessions: new Set(),
    times: { seal: timed("seal"), open: timed("open") },
    ...running(options, signer),
  };
}

type Shared = Omit<GatewayHandshakeOptions, "origins" | "paths" | "kemBudget">;

function sharedHandshakeOptions({ serverKeys, limits, clock }: SealingOptions): Shared {
  return {
    primitives: nodePrimitives,
    keys: serverKeys.ring,
    limits: sessionLimits(limits),
    seen: new SeenCiphertexts(),
    now: () => clock.now(),
  };
}

function awaitFirstMessage(
  { serverKeys, path, budgets }: SealingOptions,
  handshakes: Shared,
  address: string,
  within: BoundSession | undefined,
): AwaitingFirstMessage {
  const { perAddress, kem } = budgets.sealedHandshakes(address);
  // The origins of the bundle as it is now: the next one may name others.
  const [origins, paths] = within === undefined ? [serverKeys.origins, [path]] : [[within.origin], [within.path]];
  return new AwaitingFirstMessage({ ...handshakes, origins, paths, kemBudget: kem }, perAddress, within);
}

function running({ serverKeys, clock, observe }: SealingOptions, signer: Signer): Pick<Sealing, "start" | "close"> {
  let isStarted = false;
  return {
    start: () => {
      if (isStarted) return;
      isStarted = true;
      serverKeys.start({
        clock,
        onEvent: ({ event: change, ...which }) => observe({ event: "server-keys", change, ...which }),
        failed: (error) => observe({ event: "failure", where: "server-keys", error }),
      });
    },
    close: () => {
      serverKeys.close();
      signer.dispose();
    },
  };
}

function requireBundle({ bundle, ring }: ServerKeys): void {
  if (bundle.length > 0 && ring.bundleHash(parseBundle(bundle).version) !== undefined) return;
  const advice = "publish one with `wardwire keys bundle`";
  throw new GatewayError("invalid-options", `serverKeys: expected a key bundle that has not expired; ${advice}`);
}

/** The key of this incarnation of the process, which no other ever has. */
function randomSigner(): Signer<"sync"> {
  const seed = SecretBytes.random(32);
  try {
    return nodePrimitives.ed25519.signer(seed);
  } finally {
    seed.dispose();
  }
}

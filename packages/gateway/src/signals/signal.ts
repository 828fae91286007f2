import { GatewayError } from "../gateway-error.ts";

/** What a signal is about; the `type` of a webhook is `wardwire.signal.` and this. */
export type SignalName =
  | "refused-origins"
  | "failed-authentications"
  | "decode-errors"
  | "revoked-token-used"
  | "budget-trips"
  | "token-in-several-networks"
  | "slow-consumers"
  | "event-loop-lag"
  | "descriptors"
  | "certificate-expiring";

/**
 * Something an operator should look at: what happens now and then has happened too often, or a vital sign of the process
 * is bad (R45, R55). Holds no token, payload or key.
 */
export interface SignalEvent {
  readonly event: "signal";
  readonly signal: SignalName;
  /** How often it happened within the window; of a vital sign its value, in the unit of its threshold. */
  readonly count: number;
  readonly threshold: number;
  /** What `count` is counted over; of a vital sign the time between two looks at it. */
  readonly windowMs: number;
  /** Whose doing it is, in `per`'s terms; absent for the whole gateway. */
  readonly subject?: string;
  readonly per?: "origin" | "address" | "user";
}

/**
 * From how many on something is a signal. A signal about one origin, address, user or credential, or about the gateway,
 * comes once in a window, however long it goes on.
 */
export interface SignalThresholds {
  /** What is counted is counted over this long, but for networks. */
  readonly windowMs: number;
  /** Handshakes refused for one origin, and for any: pages elsewhere that try to connect, or an origin nobody listed. */
  readonly refusedOrigins: number;
  readonly refusedOriginsTotal: number;
  /** Invalid credentials from one address, and from all. An expired one is not counted: whoever guesses has none. */
  readonly failedAuthentications: number;
  readonly failedAuthenticationsTotal: number;
  /** Messages and frames that cannot be decoded, from one address, and from all. */
  readonly decodeErrors: number;
  readonly decodeErrorsTotal: number;
  /** Uses of revoked credentials of one user. */
  readonly revokedTokenUses: number;
  /** What was over a rate, or found no room, from one address, and from all; a dry run is not counted. */
  readonly budgetTrips: number;
  readonly budgetTripsTotal: number;
  /** IPv4 /24 or IPv6 /48 networks in which one credential connected within `tokenNetworksWindowMs`. */
  readonly tokenNetworks: number;
  readonly tokenNetworksWindowMs: number;
  /** Connections closed with 1013 because they read too slowly. */
  readonly slowConsumers: number;
  /** The 99th percentile of the event loop's delay, in milliseconds. */
  readonly eventLoopLagMs: number;
  /** File descriptors in use, in percent of those this process may have; looked at on Linux only. */
  readonly descriptorPercent: number;
  /** Days the certificate is still valid; at fewer it is a signal. */
  readonly certificateDays: number;
}

/** The defaults of {@link SignalThresholds}. */
export const defaultThresholds: SignalThresholds = Object.freeze({
  windowMs: 60_000,
  refusedOrigins: 20,
  refusedOriginsTotal: 100,
  failedAuthentications: 20,
  failedAuthenticationsTotal: 200,
  decodeErrors: 20,
  decodeErrorsTotal: 200,
  revokedTokenUses: 3,
  budgetTrips: 30,
  budgetTripsTotal: 300,
  tokenNetworks: 3,
  tokenNetworksWindowMs: 300_000,
  slowConsumers: 10,
  eventLoopLagMs: 100,
  descriptorPercent: 80,
  certificateDays: 14,
});

/**
 * Fills in the defaults.
 *
 * @throws GatewayError `invalid-options` for an unknown name or what is no whole number from 1 to a million (times: to a day).
 */
export function checkThresholds(changed: Partial<SignalThresholds>): SignalThresholds {
  for (const [name, value] of Object.entries(changed)) {
    if (!Object.hasOwn(defaultThresholds, name)) refuse(`signals.${name}: there is no such threshold`);
    const most = name.endsWith("Ms") ? maxMs : maxCount;
    if (Number.isSafeInteger(value) && value >= 1 && value <= most) continue;
    refuse(`signals.${name}: expected a whole number from 1 to ${most}, got ${value}`);
  }
  return Object.freeze({ ...defaultThresholds, ...changed });
}

const maxMs = 86_400_000;
const maxCount = 1_000_000;

function refuse(message: string): never {
  throw new GatewayError("invalid-options", message);
}

import type { Clock } from "../clock.ts";
import type { Observe } from "../observe/events.ts";
import type { GatewayLimits } from "../options.ts";
import { addressKey } from "./address-key.ts";
import { ConnectionBudgets } from "./connection-budgets.ts";
import { KeyedBuckets } from "./keyed-buckets.ts";

/** What is counted against a rate, as the `rate-limited` event names it. */
export type BudgetName =
  | "handshakes"
  | "failed-authentications"
  | "frames"
  | "bytes"
  | "joins"
  | "calls"
  | "user-frames"
  | "user-bytes";

/** On whose account something happened. */
export interface Spender {
  readonly address: string;
  readonly connection?: string;
  readonly user?: string;
}

/** What {@link Budgets} are made of. */
export interface BudgetsOptions {
  readonly limits: GatewayLimits;
  readonly clock: Clock;
  readonly observe: Observe;
  /** Report what is over a budget and let it through. */
  readonly dryRun: boolean;
}

/**
 * The rates of one gateway, by address (an IPv6 /64 as one), by user and by connection (R29). Every question is answered
 * with 0 or with the milliseconds to wait, after a `rate-limited` event.
 */
export class Budgets {
  readonly #options: BudgetsOptions;
  readonly #handshakes: KeyedBuckets;
  readonly #failedAuthentications: KeyedBuckets;
  readonly #userFrames: KeyedBuckets;
  readonly #userBytes: KeyedBuckets;

  constructor(options: BudgetsOptions) {
    const { limits, clock } = options;
    this.#options = options;
    // As many keys as there can be connections, so that nobody who is connected is ever forgotten.
    const shared = { now: (): number => clock.monotonic(), maxKeys: Math.max(leastKeys, limits.maxConnections) };
    const buckets = (perSecond: number, burst: number): KeyedBuckets =>
      new KeyedBuckets({ ...shared, perSecond, burst });
    this.#handshakes = buckets(limits.handshakesPerSecondPerIp, limits.handshakeBurstPerIp);
    this.#failedAuthentications = buckets(
      limits.failedAuthenticationsPerMinutePerIp / 60,
      limits.failedAuthenticationBurstPerIp,
    );
    this.#userFrames = buckets(limits.messagesPerSecondPerUser, limits.messageBurstPerUser);
    this.#userBytes = buckets(limits.bytesPerSecondPerUser, limits.byteBurstPerUser);
  }

  /** An opening handshake came from this address. */
  handshake(address: string): number {
    return this.judge("handshakes", this.#handshakes.take(addressKey(address), 1), { address });
  }

  /** Whether a credential from this address is looked at: not while it has failed too often. A success gives nothing back. */
  authentication(address: string): number {
    return this.judge("failed-authentications", this.#failedAuthentications.wait(addressKey(address), 1), { address });
  }

  /** A credential from this address was refused. */
  authenticationFailed(address: string): void {
    this.#failedAuthentications.take(addressKey(address), 1);
  }

  /** A user sent a frame, over whichever connection. */
  userFrame(user: string, spender: Spender): number {
    return this.judge("user-frames", this.#userFrames.take(user, 1), { ...spender, user });
  }

  /** A user sent a message of so many bytes, over whichever connection. */
  userBytes(user: string, bytes: number, spender: Spender): number {
    return this.judge("user-bytes", this.#userBytes.take(user, bytes), { ...spender, user });
  }

  /** The budgets of one more connection. */
  ofConnection(spender: Spender): ConnectionBudgets {
    const { limits, clock } = this.#options;
    return new ConnectionBudgets(this, limits, () => clock.monotonic(), spender);
  }

  /** Reports a wait; gives it back, or 0 in a dry run. */
  judge(budget: BudgetName, waitMs: number, spender: Spender, dryRun: boolean = this.#options.dryRun): number {
    if (waitMs === 0) return 0;
    const { observe } = this.#options;
    observe({ event: "rate-limited", budget, ...spender, ...(dryRun ? { dryRun } : {}) });
    return dryRun ? 0 : waitMs;
  }
}

/** Addresses or users remembered at the least: about 200 bytes each. */
const leastKeys = 65_536;

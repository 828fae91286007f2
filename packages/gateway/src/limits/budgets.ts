import type { Budget } from "@wardwire/crypto/handshake/gateway-handshake";
import type { Clock } from "../clock.ts";
import type { Observe } from "../observe/events.ts";
import type { GatewayLimits } from "../options.ts";
import { addressKey } from "./address-key.ts";
import { ConnectionBudgets } from "./connection-budgets.ts";
import { KeyedBuckets } from "./keyed-buckets.ts";
import { TokenBucket } from "./token-bucket.ts";

/** What is counted against a rate, as the `rate-limited` event names it. */
export type BudgetName =
  | "handshakes"
  | "failed-authentications"
  | "sealed-handshakes"
  | "kem"
  | "records"
  | "frames"
  | "bytes"
  | "joins"
  | "calls"
  | "address-frames"
  | "address-bytes"
  | "device-frames"
  | "device-bytes"
  | "user-frames"
  | "user-bytes";

/** On whose account something happened. */
export interface Spender {
  readonly address: string;
  readonly connection?: string;
  readonly user?: string;
}

/** Who has authenticated, and on which of their devices. */
export interface Sender {
  readonly user: string;
  readonly device: string;
}

/** Whom the traffic of a connection is counted against besides itself; user and device once it has authenticated. */
export interface Account {
  readonly spender: Spender;
  readonly keys: { readonly address: string } & (
    | { readonly device: string; readonly user: string }
    | { readonly device?: undefined; readonly user?: undefined }
  );
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
 * The rates of one gateway, by address (an IPv6 /64 as one), by user, by a user's device and by connection (R29). Every
 * question is answered with 0 or with the milliseconds to wait, after a `rate-limited` event.
 */
export class Budgets {
  readonly #options: BudgetsOptions;
  readonly #handshakes: KeyedBuckets;
  readonly #failedAuthentications: KeyedBuckets;
  readonly #sealedHandshakes: KeyedBuckets;
  readonly #kemMicroseconds: TokenBucket;
  readonly #frames: SharedBuckets;
  readonly #bytes: SharedBuckets;

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
    this.#sealedHandshakes = buckets(limits.sealedHandshakesPerSecondPerIp, limits.sealedHandshakeBurstPerIp);
    const kemMicrosecondsPerSecond = limits.kemPercent * 10_000;
    this.#kemMicroseconds = new TokenBucket({
      perSecond: kemMicrosecondsPerSecond,
      burst: kemMicrosecondsPerSecond,
      now: shared.now,
    });
    this.#frames = {
      address: buckets(limits.messagesPerSecondPerIp, limits.messageBurstPerIp),
      device: buckets(limits.messagesPerSecondPerDevice, limits.messageBurstPerDevice),
      user: buckets(limits.messagesPerSecondPerUser, limits.messageBurstPerUser),
    };
    this.#bytes = {
      address: buckets(limits.bytesPerSecondPerIp, limits.byteBurstPerIp),
      device: buckets(limits.bytesPerSecondPerDevice, limits.byteBurstPerDevice),
      user: buckets(limits.bytesPerSecondPerUser, limits.byteBurstPerUser),
    };
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

  /** What a sealed handshake from this address is paid from: one of its own, and KEM time of the process (HS-3.2). */
  sealedHandshakes(address: string): SealedHandshakeBudgets {
    const spender = { address };
    return {
      perAddress: {
        take: (count) =>
          this.judge("sealed-handshakes", this.#sealedHandshakes.take(addressKey(address), count), spender),
      },
      // It is what keeps strangers from taking the whole process: a dry run does not lift it.
      kem: { take: (microseconds) => this.judge("kem", this.#kemMicroseconds.take(microseconds), spender, false) },
    };
  }

  /** A frame came, over whichever connection. */
  frame(account: Account): number {
    return this.#share("frames", this.#frames, 1, account);
  }

  /** A message of so many bytes came, over whichever connection. */
  message(bytes: number, account: Account): number {
    return this.#share("bytes", this.#bytes, bytes, account);
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

  /** What all connections of an address, of a device and of a user share: the widest is asked first. */
  #share(what: "frames" | "bytes", buckets: SharedBuckets, cost: number, { spender, keys }: Account): number {
    const byAddress = this.judge(`address-${what}`, buckets.address.take(keys.address, cost), spender);
    if (byAddress > 0 || keys.user === undefined) return byAddress;
    const byDevice = this.judge(`device-${what}`, buckets.device.take(keys.device, cost), spender);
    return byDevice || this.judge(`user-${what}`, buckets.user.take(keys.user, cost), spender);
  }
}

/** The budgets that a sealed handshake asks before it computes anything. */
export interface SealedHandshakeBudgets {
  /** In handshakes. */
  readonly perAddress: Budget;
  /** In microseconds. */
  readonly kem: Budget;
}

/** What is counted over all connections of an address, of a device, of a user. */
interface SharedBuckets {
  readonly address: KeyedBuckets;
  readonly device: KeyedBuckets;
  readonly user: KeyedBuckets;
}

/** Addresses or users remembered at the least: about 200 bytes each. */
const leastKeys = 65_536;

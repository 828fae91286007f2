import type { GatewayLimits } from "../options.ts";
import type { Budgets, Spender } from "./budgets.ts";
import { TokenBucket } from "./token-bucket.ts";

/** The rates of one connection, and of its user over all of theirs. Made by `Budgets.ofConnection`. */
export class ConnectionBudgets {
  readonly #all: Budgets;
  readonly #spender: Spender;
  readonly #frames: TokenBucket;
  readonly #bytes: TokenBucket;
  readonly #joins: TokenBucket;
  readonly #calls: TokenBucket;

  constructor(all: Budgets, limits: GatewayLimits, now: () => number, spender: Spender) {
    this.#all = all;
    this.#spender = spender;
    this.#frames = new TokenBucket({ perSecond: limits.messagesPerSecond, burst: limits.messageBurst, now });
    this.#bytes = new TokenBucket({ perSecond: limits.bytesPerSecond, burst: limits.byteBurst, now });
    this.#joins = new TokenBucket({ perSecond: limits.joinsPerSecond, burst: limits.joinBurst, now });
    this.#calls = new TokenBucket({ perSecond: limits.callsPerSecond, burst: limits.callBurst, now });
  }

  /** A frame came; `user` is absent before `connect` has succeeded. */
  frame(user: string | undefined): number {
    // Without this one a single connection could keep the process busy: a dry run does not lift it.
    const waitMs = this.#all.judge("frames", this.#frames.take(1), this.#spender, false);
    if (waitMs > 0 || user === undefined) return waitMs;
    return this.#all.userFrame(user, this.#spender);
  }

  /** A WebSocket message of so many bytes came. */
  message(bytes: number, user: string | undefined): number {
    const waitMs = this.#all.judge("bytes", this.#bytes.take(bytes), this.#spender);
    if (waitMs > 0 || user === undefined) return waitMs;
    return this.#all.userBytes(user, bytes, this.#spender);
  }

  /** A channel is to be joined. */
  join(): number {
    return this.#all.judge("joins", this.#joins.take(1), this.#spender);
  }

  /** A command is to be carried out. */
  call(): number {
    return this.#all.judge("calls", this.#calls.take(1), this.#spender);
  }
}

import type { GatewayLimits } from "../options.ts";
import { addressKey } from "./address-key.ts";
import type { Account, Budgets, Sender, Spender } from "./budgets.ts";
import { TokenBucket } from "./token-bucket.ts";

/** The rates of one connection, and of those it shares with others. Made by `Budgets.ofConnection`. */
export class ConnectionBudgets {
  readonly #all: Budgets;
  readonly #spender: Spender;
  /** Made once: keys are text put together, and asked for with every frame. */
  #account: Account;
  readonly #frames: TokenBucket;
  readonly #bytes: TokenBucket;
  readonly #joins: TokenBucket;
  readonly #calls: TokenBucket;

  constructor(all: Budgets, limits: GatewayLimits, now: () => number, spender: Spender) {
    this.#all = all;
    this.#spender = spender;
    this.#account = { spender, keys: { address: addressKey(spender.address) } };
    this.#frames = new TokenBucket({ perSecond: limits.messagesPerSecond, burst: limits.messageBurst, now });
    this.#bytes = new TokenBucket({ perSecond: limits.bytesPerSecond, burst: limits.byteBurst, now });
    this.#joins = new TokenBucket({ perSecond: limits.joinsPerSecond, burst: limits.joinBurst, now });
    this.#calls = new TokenBucket({ perSecond: limits.callsPerSecond, burst: limits.callBurst, now });
  }

  /** A frame came; `sender` is absent before `connect` has succeeded. */
  frame(sender: Sender | undefined): number {
    // Without this one a single connection could keep the process busy: a dry run does not lift it.
    const waitMs = this.#all.judge("frames", this.#frames.take(1), this.#spender, false);
    return waitMs || this.#all.frame(this.#accountOf(sender));
  }

  /** A WebSocket message of so many bytes came. */
  message(bytes: number, sender: Sender | undefined): number {
    const waitMs = this.#all.judge("bytes", this.#bytes.take(bytes), this.#spender);
    return waitMs || this.#all.message(bytes, this.#accountOf(sender));
  }

  /** A channel is to be joined. */
  join(): number {
    return this.#all.judge("joins", this.#joins.take(1), this.#spender);
  }

  /** A command is to be carried out. */
  call(): number {
    return this.#all.judge("calls", this.#calls.take(1), this.#spender);
  }

  #accountOf(sender: Sender | undefined): Account {
    const { spender, keys } = this.#account;
    if (sender === undefined || keys.user !== undefined) return this.#account;
    const { user } = sender;
    // Ids hold no control characters, so that no two pairs look alike.
    const device = `${user}\0${sender.device}`;
    this.#account = { spender: { ...spender, user }, keys: { ...keys, device, user } };
    return this.#account;
  }
}

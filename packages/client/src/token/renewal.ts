import type { PendingCalls } from "../connection/pending-calls.ts";
import type { CancelTimer, Clock } from "../platform/clock.ts";
import type { TokenSource } from "./token-source.ts";

/**
 * Renews the token of one connection before it expires: when the gateway says so, and by the time told in `connected`.
 * A renewal that fails is left alone; the gateway then closes with 4401, and reconnecting fetches a token.
 */
export class Renewal {
  /** The requests of the connection. */
  readonly calls: PendingCalls;
  readonly #tokens: TokenSource;
  readonly #clock: Clock;
  readonly #onRenewed: (expiresAt: number) => void;
  readonly #signal: AbortSignal;
  #stopTimer: CancelTimer | undefined;
  #renewing = false;

  /** @param signal Is aborted when the connection is gone. */
  constructor(
    calls: PendingCalls,
    tokens: TokenSource,
    clock: Clock,
    signal: AbortSignal,
    onRenewed: (expiresAt: number) => void,
  ) {
    this.calls = calls;
    this.#tokens = tokens;
    this.#clock = clock;
    this.#signal = signal;
    this.#onRenewed = onRenewed;
    signal.addEventListener("abort", () => this.#stopTimer?.());
  }

  /**
   * Renews a fifth of the remaining time before `expiresAt`, at most {@link maxLeadMs} before. A time already past means
   * that the clocks disagree; then the gateway's notice is what counts.
   */
  schedule(expiresAt: number): void {
    this.#stopTimer?.();
    const remainingMs = expiresAt - this.#clock.now();
    const delayMs = remainingMs - Math.min(maxLeadMs, remainingMs / 5);
    if (remainingMs <= 0 || !this.#canRenew) return;
    this.#stopTimer = this.#clock.after(delayMs, () => this.renewQuietly());
  }

  /** A ticket is good for a new connection only. */
  get #canRenew(): boolean {
    return this.#tokens.canRefresh && !this.#tokens.isTicket;
  }

  /** Renews if a new token can be had and no such renewal is under way; a failure is kept silent, see above. */
  renewQuietly(): void {
    if (this.#renewing || !this.#canRenew) return;
    this.#renewing = true;
    this.renew()
      .catch(() => undefined)
      .finally(() => {
        this.#renewing = false;
      });
  }

  /**
   * Gets a token and presents it.
   *
   * @throws ClientError `token-unavailable`, `invalid-token`, `disconnected`, `timeout`, or the gateway's code
   */
  async renew(): Promise<void> {
    const signal = this.#signal;
    const token = await this.#tokens.get(true, signal);
    signal.throwIfAborted();
    const { expiresAt } = await this.calls.request("renew", { token }, { signal });
    this.#onRenewed(expiresAt);
    this.schedule(expiresAt);
  }
}

/** A renewal has this much time at most before the old token expires. */
const maxLeadMs = 30_000;

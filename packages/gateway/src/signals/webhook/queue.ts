import type { SecretBytes } from "@wardwire/crypto/secret-bytes";
import type { Clock } from "../../clock.ts";
import { systemErrorCode } from "../../host/listen-error.ts";
import type { PostHttps } from "../../host/node/post-https.ts";
import type { GatewayEvent, Observe } from "../../observe/events.ts";
import { signedHeaders, type WebhookMessage, webhookMessage } from "./message.ts";
import { copySecret } from "./secret.ts";
import { reach } from "./target.ts";
import type { Webhook } from "./webhook.ts";

/** What a queue works with. */
export interface WebhookQueueOptions {
  readonly clock: Clock;
  /** Hears of signals that did not arrive. */
  readonly observe: Observe;
  readonly post: PostHttps;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** Attempts for one signal; about two minutes at the longest. */
export const maxAttempts = 8;
/** Signals that wait for one webhook; the oldest makes room for one more. */
export const maxWaiting = 64;

/** Posts signals to one webhook, one after the other. Nothing of the gateway waits for it. */
export class WebhookQueue {
  readonly #webhook: Webhook;
  readonly #options: WebhookQueueOptions;
  readonly #secret: SecretBytes;
  readonly #closing = new AbortController();
  #waiting: WebhookMessage[] = [];
  #busy = false;

  /** @throws GatewayError `invalid-options` for a secret that has been disposed of or is none. */
  constructor(webhook: Webhook, options: WebhookQueueOptions) {
    this.#webhook = webhook;
    this.#options = options;
    this.#secret = copySecret(webhook.secret);
  }

  /** Takes signals, and nothing else, to be posted. */
  hear(event: GatewayEvent): void {
    if (event.event !== "signal" || this.#closing.signal.aborted) return;
    this.#waiting.push(webhookMessage(event, this.#options.clock.now()));
    if (this.#waiting.length > maxWaiting) this.#lose(this.#waiting.shift(), "too-many-waiting", 0);
    if (!this.#busy) void this.#run();
  }

  /** Gives up what has not arrived, and says so. */
  close(): void {
    this.#closing.abort();
    for (const message of this.#waiting.splice(0)) this.#lose(message, "closed", 0);
    if (!this.#busy) this.#secret.dispose();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    for (let message = this.#waiting.shift(); message !== undefined; message = this.#waiting.shift()) {
      await this.#deliver(message);
    }
    this.#busy = false;
    if (this.#closing.signal.aborted) this.#secret.dispose();
  }

  async #deliver(message: WebhookMessage): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const reason = await this.#attempt(message);
      if (reason === undefined) return;
      const { aborted } = this.#closing.signal;
      if (aborted || attempt === maxAttempts || reason === "private-target") {
        this.#lose(message, aborted ? "closed" : reason, attempt);
        return;
      }
      await this.#pause(this.#options.random() * Math.min(longestPauseMs, firstPauseMs * 2 ** (attempt - 1)));
    }
  }

  /** Why it did not arrive; undefined when it did. */
  async #attempt(message: WebhookMessage): Promise<string | undefined> {
    const { clock, post } = this.#options;
    const { url, ca, timeoutMs, allowPrivate, resolve } = this.#webhook;
    if (this.#closing.signal.aborted) return "closed";
    const timeout = new AbortController();
    const timer = clock.after(timeoutMs, () => timeout.abort());
    const signal = AbortSignal.any([this.#closing.signal, timeout.signal]);
    try {
      const reached = await Promise.race([reach(url, resolve, allowPrivate), aborted(signal)]);
      if (!reached.ok) return reached.reason;
      const headers = signedHeaders(message, this.#secret, clock.now());
      const { addresses } = reached;
      const status = await post({
        url,
        addresses,
        headers,
        body: message.body,
        signal,
        ...(ca !== undefined && { ca }),
      });
      return status >= 200 && status < 300 ? undefined : `status-${status}`;
    } catch (error) {
      // The words of an error may name what lies inside; its code does not.
      return timeout.signal.aborted ? "timeout" : (systemErrorCode(error) ?? "failed");
    } finally {
      timer.cancel();
    }
  }

  /** Full jitter: many gateways that lost one collector do not come back to it together. */
  #pause(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    const timer = this.#options.clock.after(delayMs, wake);
    this.#closing.signal.addEventListener("abort", wake);
    return promise.finally(() => {
      timer.cancel();
      this.#closing.signal.removeEventListener("abort", wake);
    });
  }

  #lose(message: WebhookMessage | undefined, reason: string, attempts: number): void {
    if (message === undefined) return;
    const { signal } = message.signal;
    this.#options.observe({ event: "webhook-failed", target: this.#webhook.url.origin, signal, reason, attempts });
  }
}

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

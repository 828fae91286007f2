import { GatewayError } from "../../gateway-error.ts";
import { copySecret, type WebhookSecret } from "./secret.ts";
import { parseTarget, type Resolve, systemResolve } from "./target.ts";

/** Where signals are posted to, and how they are signed. */
export interface WebhookOptions {
  /** `https:` only. Its addresses are looked up anew for each attempt, and all of them have to be public. */
  readonly url: string;
  /** A gateway copies it when it is made and erases the copy when it closes; it has to be alive until then. */
  readonly secret: WebhookSecret;
  /** PEM of the authority that issued the receiver's certificate; those of the system when left out. */
  readonly ca?: string;
  /** Of one attempt, the look-up included. 10,000 when left out; at most 60,000. */
  readonly timeoutMs?: number;
  /** Lets the target be this machine or lie in a private network: for tests, and collectors of one's own. */
  readonly dangerouslyAllowPrivateTargets?: boolean;
  /** For tests; as the system resolves names when left out. */
  readonly resolve?: Resolve;
}

/** A webhook that has been checked; goes into the gateway's option `webhooks`. */
export interface Webhook {
  readonly url: URL;
  readonly secret: WebhookSecret;
  readonly ca: string | undefined;
  readonly timeoutMs: number;
  readonly allowPrivate: boolean;
  readonly resolve: Resolve;
}

/**
 * A webhook in the form of Standard Webhooks: each signal is posted as JSON, `{ type, timestamp, data }`, with the headers
 * `webhook-id`, `webhook-timestamp` and `webhook-signature`. A receiver verifies the signature and takes an id it has seen
 * for the same signal, since an answer can get lost.
 *
 * @throws GatewayError `invalid-options`.
 */
export function webhook(options: WebhookOptions): Webhook {
  const { secret, ca, timeoutMs = defaultTimeoutMs, resolve = systemResolve } = options;
  const allowPrivate = options.dangerouslyAllowPrivateTargets === true;
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > maxTimeoutMs) {
    const expectation = `expected a whole number from 1 to ${maxTimeoutMs}, got ${timeoutMs}`;
    throw new GatewayError("invalid-options", `webhooks: timeoutMs: ${expectation}`);
  }
  copySecret(secret).dispose();
  return Object.freeze({ url: parseTarget(options.url, allowPrivate), secret, ca, timeoutMs, allowPrivate, resolve });
}

const defaultTimeoutMs = 10_000;
const maxTimeoutMs = 60_000;

import { randomUUID } from "node:crypto";
import type { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { Webhook as StandardWebhook } from "standardwebhooks";
import type { SignalEvent } from "../signal.ts";

/** A signal on its way to a webhook. */
export interface WebhookMessage {
  readonly signal: SignalEvent;
  /** The same in every attempt. */
  readonly id: string;
  readonly body: string;
}

/** The message that tells of a signal raised at `nowMs` (ms since 1970). */
export function webhookMessage(event: SignalEvent, nowMs: number): WebhookMessage {
  const { event: _, ...data } = event;
  const timestamp = new Date(nowMs).toISOString();
  const body = JSON.stringify({ type: `wardwire.signal.${event.signal}`, timestamp, data });
  return { signal: event, id: `msg_${randomUUID()}`, body };
}

/** The headers of an attempt at `nowMs`; receivers refuse what is older than a few minutes. */
export function signedHeaders(
  { id, body }: WebhookMessage,
  secret: SecretBytes,
  nowMs: number,
): Record<string, string> {
  const at = new Date(nowMs);
  return {
    "Content-Type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(nowMs / 1_000)),
    "webhook-signature": secret.use((bytes) => new StandardWebhook(bytes, { format: "raw" }).sign(id, at, body)),
  };
}

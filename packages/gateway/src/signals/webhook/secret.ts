import type { KeyObject } from "node:crypto";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { GatewayError } from "../../gateway-error.ts";

/** What a webhook is signed with: 24 to 64 bytes that its receiver has too. */
export type WebhookSecret = SecretBytes | KeyObject;

/**
 * Reads a secret as the receiver shows it: `whsec_` and standard Base64, with white space around it, such as the content of
 * a file. `bytes` is filled with zeros.
 *
 * @returns the caller's to dispose of.
 * @throws GatewayError `invalid-options`; the message holds nothing of the secret.
 */
export function parseWebhookSecret(bytes: Uint8Array): SecretBytes {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1").trim();
  bytes.fill(0);
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  if (base64 === undefined) throw refused("expected whsec_ and Base64, as the receiver shows it");
  const secret = Buffer.from(base64, "base64");
  checkLength(secret.length);
  return SecretBytes.take(secret);
}

/**
 * A copy of a secret; the caller's to dispose of.
 *
 * @throws GatewayError `invalid-options` for another length or kind.
 */
export function copySecret(secret: WebhookSecret): SecretBytes {
  if (secret instanceof SecretBytes) {
    checkLength(secret.length);
    return secret.use((bytes) => SecretBytes.copyOf(bytes));
  }
  if (secret?.type !== "secret") throw refused("expected SecretBytes or a secret KeyObject");
  const bytes = secret.export();
  checkLength(bytes.length);
  return SecretBytes.take(bytes);
}

/** Standard Webhooks, "Signature scheme". */
const [minBytes, maxBytes] = [24, 64];

function checkLength(length: number): void {
  if (length < minBytes || length > maxBytes) throw refused(`expected ${minBytes} to ${maxBytes} bytes, got ${length}`);
}

function refused(expectation: string): GatewayError {
  return new GatewayError("invalid-options", `webhooks: secret: ${expectation}`);
}

import { type Webhook, webhook } from "@wardwire/gateway";
import { parseWebhookSecret } from "@wardwire/gateway/webhook-secret";
import type { WebhookConfiguration } from "../configuration/configuration.ts";
import { resolveBeside } from "../configuration/load.ts";
import { readSecretFile } from "./material.ts";

/** Webhooks with their secrets, which are erased when it is disposed of: a gateway copies them when it is made. */
export interface Webhooks extends Disposable {
  readonly webhooks: readonly Webhook[];
}

/**
 * Where the gateway posts its signals.
 *
 * @param file the configuration file; paths are relative to its folder.
 * @throws CliError `configuration`; GatewayError `invalid-options` for a private target or a secret that is none.
 */
export function readWebhooks(file: string, configured: readonly WebhookConfiguration[]): Webhooks {
  using secrets = new DisposableStack();
  const webhooks = configured.map(({ url, secretFile }) => {
    const bytes = readSecretFile("webhooks.secretFile", resolveBeside(file, secretFile));
    return webhook({ url, secret: secrets.use(parseWebhookSecret(bytes)) });
  });
  const kept = secrets.move();
  return { webhooks, [Symbol.dispose]: () => kept.dispose() };
}

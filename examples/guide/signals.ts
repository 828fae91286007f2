import { readFileSync } from "node:fs";
import { allow, createGateway, webhook } from "@wardwire/gateway";
import type { GatewayEvent } from "@wardwire/gateway/events";
import { parseWebhookSecret } from "@wardwire/gateway/webhook-secret";
import { chat } from "../chat.contract.ts";
import { byToken } from "./tokens.ts";

/** A gateway that tells `https://alerts.example` what an operator should look at, and `log` everything. */
export function gatewayWithAlerts(secretFile: string, log: (event: GatewayEvent) => void) {
  // The gateway copies it.
  using secret = parseWebhookSecret(readFileSync(secretFile));
  return createGateway({
    contract: chat,
    allowedOrigins: ["https://chat.example"],
    authenticate: byToken,
    authorize: () => allow(),
    commands: { renameRoom: ({ input }) => ({ title: input.title }) },
    observe: log,
    signals: { failedAuthentications: 50, certificateDays: 21 },
    webhooks: [webhook({ url: "https://alerts.example/wardwire", secret })],
  });
}

/**
 * The gateway that broadcasts, in a process of its own, over TLS. It tells where it listens on its IPC channel, then
 * publishes what it is asked to and tells the processor time it has used. It ends with the channel.
 */
import { setTimeout as delay } from "node:timers/promises";
import { defineContract } from "@wardwire/contract";
import { allow, createGateway } from "@wardwire/gateway";
import { systemClock } from "@wardwire/gateway/clock";
import { defaultLimits } from "@wardwire/gateway/options";
import { z } from "zod";
import { TestAuthority } from "../../packages/gateway/test/host/certificates.ts";
import { testServerKeys } from "../../packages/gateway/test/support/test-server-keys.ts";
import { type BroadcastPlace, broadcastText, type GatewayAnswer, type GatewayQuestion } from "./measure.ts";

const room = {
  params: z.object({}),
  message: z.object({ text: z.string() }),
  publish: "server",
} as const;
/** Rates have tests of their own, and nobody is to be asked for a sign of life meanwhile. */
const plenty = 1_000_000_000;
const limits = {
  ...Object.fromEntries(
    Object.keys(defaultLimits)
      .filter((name) => /^max(Conn|Unauth)|PerIp$/.test(name))
      .map((name) => [name, plenty]),
  ),
  kemPercent: 100,
  heartbeatMs: 600_000,
};

const authority = await TestAuthority.create();
const serverKeys = await testServerKeys(systemClock);
const gateway = createGateway({
  contract: defineContract({
    channels: { transport: { ...room, protection: "transport" }, sealed: { ...room, protection: "sealed" } },
  }),
  allowedOrigins: [],
  authenticate: (credential) =>
    credential.kind === "token"
      ? { ok: true, identity: { userId: credential.token, expiresAt: Date.now() + 86_400_000, claims: {} } }
      : { ok: false, code: "token-invalid", detail: "expected a token" },
  authorize: () => allow(),
  serverKeys,
  limits,
  observe: () => undefined,
});
const tls = await authority.issue({ ipAddresses: ["127.0.0.1"] });
const running = await gateway.listen({ port: 0, host: "127.0.0.1", tls });

process.on("message", async (question: GatewayQuestion) => {
  if (question.ask === "publish") {
    for (let count = 0; count < question.messages; count += 1) {
      await gateway.publish(question.channel, {}, { text: broadcastText });
      await delay(question.pauseMs);
    }
  }
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMicros: user + system } satisfies GatewayAnswer);
});
process.on("disconnect", () => void running.close());
const port = running.addresses[0]?.port ?? 0;
await serverKeys.publish({ origins: [`https://127.0.0.1:${port}`] });
process.send?.({
  port,
  ca: authority.cert,
  bundle: Buffer.from(serverKeys.bundle).toString("hex"),
  pin: String(serverKeys.pins[0]),
} satisfies BroadcastPlace);

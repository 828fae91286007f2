/**
 * The gateway that is flooded, in a process of its own: sealed clients come over TLS, the flood over plain text on
 * loopback, as behind something that ends TLS, since nothing could make 2,000 TLS handshakes a second beside. Every limit
 * is at its default but for those given as JSON in the first argument. It tells where it listens on its IPC channel, then
 * what it has used whenever it is asked, and ends with the channel.
 */
import { defineContract } from "@wardwire/contract";
import { allow, createGateway, jwt } from "@wardwire/gateway";
import { systemClock } from "@wardwire/gateway/clock";
import { z } from "zod";
import { findFreePort } from "../../../packages/cli/src/free-port.ts";
import { TestAuthority } from "../../../packages/gateway/test/host/certificates.ts";
import { testServerKeys } from "../../../packages/gateway/test/support/test-server-keys.ts";
import { TokenIssuer } from "../../end-to-end/fixtures/token-issuer.ts";
import type { FloodedMessage } from "./gateway-process.ts";

const clients = 200;
const authority = await TestAuthority.create();
const certificate = await authority.issue({ ipAddresses: ["127.0.0.1"] });
const issuer = await TokenIssuer.create();
const serverKeys = await testServerKeys(systemClock);
const port = await findFreePort();
const origin = `https://127.0.0.1:${port}`;
const bundle = await serverKeys.publish({ origins: [origin] });
let kemRefusals = 0;
const failures: string[] = [];

const gateway = createGateway({
  contract: defineContract({
    channels: {
      room: {
        params: z.object({ roomId: z.string() }),
        message: z.object({ text: z.string() }),
        protection: "sealed",
        publish: "members",
        history: { messages: 100, ttlMs: 3_600_000 },
      },
    },
  }),
  allowedOrigins: ["https://chat.example"],
  authenticate: jwt({
    issuer: issuer.issuer,
    audience: issuer.audience,
    algorithms: ["EdDSA"],
    keys: [issuer.publicJwk],
  }),
  authorize: () => allow(),
  serverKeys,
  limits: JSON.parse(process.argv[2] ?? "{}"),
  observe: (event) => {
    if (event.event === "rate-limited" && event.budget === "kem") kemRefusals += 1;
    if (event.event === "failure") failures.push(`${event.where}: ${String(event.error)}`);
  },
});
const running = await gateway.listen({ port, host: "127.0.0.1", tls: certificate });
const plain = await gateway.dangerouslyListenWithoutTls({ port: 0, host: "127.0.0.1" });

process.on("message", () => {
  const { user, system } = process.cpuUsage();
  tell({ used: { cpuMs: (user + system) / 1_000, kemRefusals, failures } });
});
process.on("disconnect", () => void running.close());
tell({
  port,
  ca: authority.cert,
  crowdTokens: await Promise.all(Array.from({ length: clients }, (_, index) => issuer.token(`visitor-${index}`))),
  serverKey: String(serverKeys.pins[0]),
  plainPort: plain.addresses[0]?.port ?? 0,
  header: { origin, bundleVersion: bundle.version, kid: Buffer.from(bundle.kid).toString("hex") },
});

function tell(message: FloodedMessage): void {
  process.send?.(message);
}

/**
 * The gateway under attack, in a process of its own: TLS, real tokens, its log on standard error as by default, and every
 * limit at its default but for those given as JSON in the first argument. Started by `gateway-process.ts` with an IPC
 * channel, on which it tells where it listens and, when asked, what it holds. It ends when the channel does.
 */
import { demo } from "@wardwire/contracts/demo";
import { allow, createGateway, jwt } from "@wardwire/gateway";
import { logEvents } from "@wardwire/gateway/log";
import { memoryServerKeys } from "@wardwire/gateway/testing";
import { TestAuthority } from "../../../packages/gateway/test/host/certificates.ts";
import { TokenIssuer } from "../../end-to-end/fixtures/token-issuer.ts";
import type { FleetTokens, GatewayMessage } from "./gateway-process.ts";

const authority = await TestAuthority.create();
const certificate = await authority.issue({ dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"] });
const issuer = await TokenIssuer.create();
const failures: string[] = [];
const log = logEvents();

const gateway = createGateway({
  contract: demo,
  serverKeys: await memoryServerKeys({ origins: ["https://chat.example"] }),
  allowedOrigins: ["https://chat.example"],
  authenticate: jwt({
    issuer: issuer.issuer,
    audience: issuer.audience,
    algorithms: ["EdDSA"],
    keys: [issuer.publicJwk],
  }),
  authorize: () => allow(),
  commands: { renameRoom: ({ input }) => ({ title: input.title }) },
  limits: JSON.parse(process.argv[2] ?? "{}"),
  observe: (event) => {
    log(event);
    if (event.event === "failure") failures.push(`${event.where}: ${String(event.error)}`);
  },
});
const running = await gateway.listen({ port: 0, host: "127.0.0.1", tls: certificate });

process.on("message", () => {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  tell({ held: { rssBytes: rss, heapBytes: heapUsed, cpuMs: (user + system) / 1_000, failures } });
});
process.on("disconnect", () => void running.close());
tell({
  port: running.addresses[0]?.port ?? 0,
  ca: authority.cert,
  crowdTokens: await tokensOf("visitor", 200),
  fleetTokens: await fleetTokens(),
});

async function fleetTokens(): Promise<FleetTokens> {
  return {
    members: await tokensOf("mallory", 253),
    expired: await issuer.token("mallory", { claims: { iat: 1_000, exp: 2_000 } }),
    unsigned: issuer.unsigned("mallory"),
  };
}

function tokensOf(name: string, count: number): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => issuer.token(`${name}-${index}`)));
}

function tell(message: GatewayMessage): void {
  process.send?.(message);
}

/**
 * A real gateway in a process of its own, for attacks: started by `gateway-process.ts` with an IPC channel, on which it
 * tells its port and, when asked, what it holds. It ends when the channel does.
 */
import { demo } from "@wardwire/contracts/demo";
import { allow, createGateway } from "@wardwire/gateway";
import { createIdentity } from "@wardwire/gateway/identity";
import { memoryServerKeys } from "@wardwire/gateway/testing";
import type { ChildMessage } from "./gateway-process.ts";

const hourMs = 3_600_000;
const failures: string[] = [];

const gateway = createGateway({
  contract: demo,
  serverKeys: await memoryServerKeys({ origins: ["https://chat.example"] }),
  allowedOrigins: ["https://chat.example"],
  authenticate: (credential) =>
    credential.kind === "token" && credential.token === "good"
      ? { ok: true, identity: createIdentity({ userId: "alice", expiresAt: Date.now() + hourMs, claims: {} }) }
      : { ok: false, code: "token-invalid", detail: "not the one good token" },
  authorize: () => allow(),
  commands: { renameRoom: ({ input }) => ({ title: input.title }) },
  // Rates would turn the attack away before its input is looked at; every other limit is the default and in force.
  dryRun: true,
  limits: {
    controlFramesPerSecond: 10_000,
    controlFrameBurst: 10_000,
    // All of it comes from one address, faster than a whole office writes.
    messagesPerSecondPerIp: 1_000_000,
    messageBurstPerIp: 1_000_000,
    bytesPerSecondPerIp: 1_000_000_000,
    byteBurstPerIp: 1_000_000_000,
  },
  observe: (event) => {
    if (event.event === "failure") failures.push(`${event.where}: ${String(event.error)}`);
    if (event.event === "peer-problem" && /threw|could not answer/.test(event.what)) failures.push(event.what);
  },
});
const running = await gateway.dangerouslyListenWithoutTls({ port: 0, host: "127.0.0.1" });

process.on("message", () => {
  globalThis.gc?.();
  const open = process.getActiveResourcesInfo();
  tell({
    report: {
      timers: open.filter((resource) => resource === "Timeout").length,
      sockets: open.filter((resource) => resource === "TCPSocketWrap").length,
      heapBytes: process.memoryUsage().heapUsed,
      rssBytes: process.memoryUsage().rss,
      failures,
    },
  });
});
process.on("disconnect", () => void gateway.close());
tell({ port: running.addresses[0]?.port ?? 0 });

function tell(message: ChildMessage): void {
  process.send?.(message);
}

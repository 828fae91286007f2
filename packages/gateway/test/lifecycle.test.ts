import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { WebSocket } from "ws";
import type { AuthenticateResult } from "../src/auth/identity.ts";
import { allow, createGateway, type GatewayOptions } from "../src/gateway.ts";
import { contract } from "./gateway-on-paper.ts";

const identity = { userId: "alice", expiresAt: 2_000_000_000_000, claims: {} };
const options: GatewayOptions<typeof contract> = {
  contract,
  allowedOrigins: [],
  authenticate: () => ({ ok: true, identity }),
  authorize: () => allow(),
  commands: { rename: ({ input }) => input },
  observe: () => {},
};

test("a socket whose handshake is still being answered when the gateway closes does not outlive it", async () => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const { promise: answer, resolve: decide } = Promise.withResolvers<AuthenticateResult>();
  const gateway = createGateway({
    ...options,
    authenticate: () => {
      ask();
      return answer;
    },
  });
  const server = createServer().on("upgrade", gateway.handleUpgrade).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const ws = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: { authorization: "Bearer alice" } });
  await asked;
  await gateway.close();
  decide({ ok: true, identity });
  ws.once("open", () => ws.send('{"type":"connect","id":1}'));
  const [code] = await once(ws, "close");
  assert.equal(code, 1001);
  server.close();
});

test("closing while it begins to listen leaves no port open", async () => {
  const gateway = createGateway(options);
  const listening = gateway.dangerouslyListenWithoutTls({ port: 0, host: "127.0.0.1" });
  await Promise.all([gateway.close(), assert.rejects(listening, { code: "closed" })]);
});

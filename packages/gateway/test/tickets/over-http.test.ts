import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { WebSocket } from "ws";
import { allow, createGateway } from "../../src/gateway.ts";
import { contract } from "../gateway-on-paper.ts";

const origin = "https://chat.example";

test("a page of a cookie-session application gets a ticket over HTTP, connects by it, and is let go (R41)", async () => {
  const expiresAt = Date.now() + 60_000;
  const gateway = createGateway({
    contract,
    allowedOrigins: [origin],
    authenticate: () => ({ ok: false, code: "token-invalid", detail: "tickets only" }),
    authorize: () => allow(),
    commands: { rename: ({ input }) => ({ title: input.title }) },
    tickets: {
      session: (request) =>
        request.headers.get("cookie") === "session=alice" ? { userId: "alice", expiresAt, claims: {} } : undefined,
    },
    observe: () => undefined,
  });
  await using running = await gateway.dangerouslyListenWithoutTls({ port: 0, host: "127.0.0.1" });
  const host = `127.0.0.1:${running.addresses[0]?.port}`;
  const ask = (cookie: string): Promise<Response> =>
    fetch(`http://${host}/ws/ticket`, { method: "POST", headers: { origin, cookie } });
  assert.equal((await ask("session=nobody")).status, 401);
  const { ticket } = (await (await ask("session=alice")).json()) as { readonly ticket: string };

  const socket = new WebSocket(`ws://${host}/ws`, { origin });
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "connect", id: 1, ticket }));
  const [connected] = await once(socket, "message");
  assert.partialDeepStrictEqual(JSON.parse(String(connected)), { type: "connected", user: "alice", expiresAt });
  assert.deepEqual(await gateway.reauthorize(), { expelled: 0 });
  const closed = once(socket, "close");
  assert.deepEqual(await gateway.revoke({ user: "alice" }), { closed: 1 });
  assert.equal((await closed)[0], 4403);
  assert.equal((await ask("session=alice")).status, 401);
  assert.equal((await fetch(`http://${host}/`)).status, 404);
});

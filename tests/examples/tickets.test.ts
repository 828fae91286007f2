import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { nodeSocket } from "@wardwire/client/node";
import { connectByTicket } from "../../examples/guide/ticket-page.ts";
import { gatewayWithTickets, type SignedIn } from "../../examples/guide/tickets.ts";

const origin = "https://chat.example";
const session: SignedIn = { id: "s1", user: "alice", beganAt: Date.now() - 1_000, endsAt: Date.now() + 60_000 };

describe("the examples of cookie sessions", { timeout: 20_000 }, () => {
  test("lead from the cookie over a ticket to a connection, which ends with the session (R41)", async () => {
    const gateway = gatewayWithTickets(async (cookie) => (cookie === "session=s1" ? session : undefined));
    await using running = await gateway.dangerouslyListenWithoutTls({ port: 0, host: "127.0.0.1" });
    const host = `127.0.0.1:${running.addresses[0]?.port}`;
    let asked = 0;
    const ask = (cookie: string) => () => {
      asked += 1;
      return fetch(`http://${host}/ws/ticket`, { method: "POST", headers: { origin, cookie } });
    };
    const socket = nodeSocket({ origin });
    const client = await connectByTicket(`ws://${host}/ws`, ask("session=s1"), { socket });
    const first = client.state;
    assert.partialDeepStrictEqual(first, { phase: "connected", user: "alice", expiresAt: session.endsAt });
    const room = await client.join("room", { roomId: "tea" });
    await room.publish({ text: "hello" });

    await gateway.revoke({ user: "alice", issuedBefore: session.beganAt - 1 });
    assert.equal(client.state.phase, "connected", "the session says when it began");
    await gateway.revoke({ session: "s1" });
    const hasEnded = (): boolean => client.state.phase === "closed";
    while (!hasEnded()) await once(client, "state");
    assert.equal(asked, 1);
    const refused = connectByTicket(`ws://${host}/ws`, ask("session=s1"), { socket });
    await assert.rejects(refused, { code: "token-unavailable", message: /sign in first/ });
  });

  test("lead nowhere without a session (R41)", async () => {
    const gateway = gatewayWithTickets(async () => undefined);
    await using running = await gateway.dangerouslyListenWithoutTls({ port: 0, host: "127.0.0.1" });
    const host = `127.0.0.1:${running.addresses[0]?.port}`;
    const ask = () => fetch(`http://${host}/ws/ticket`, { method: "POST", headers: { origin } });
    const refused = connectByTicket(`ws://${host}/ws`, ask, { socket: nodeSocket({ origin }) });
    await assert.rejects(refused, { code: "token-unavailable" });
  });
});

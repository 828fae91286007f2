import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, type TestContext, test } from "node:test";
import { type Client, type ClientOptions, connect } from "@wardwire/client";
import { nodeSocket } from "@wardwire/client/node";
import { defineContract } from "@wardwire/contract";
import { allow, createGateway, deny, jwt } from "@wardwire/gateway";
import * as v from "valibot";
import { systemClock } from "../../packages/gateway/src/clock.ts";
import { TestAuthority } from "../../packages/gateway/test/host/certificates.ts";
import { testServerKeys } from "../../packages/gateway/test/support/test-server-keys.ts";
import { Cable } from "./fixtures/cable.ts";
import { phase, take } from "./fixtures/demo-client.ts";
import { TokenIssuer } from "./fixtures/token-issuer.ts";

const text = v.object({ text: v.string() });
const contract = defineContract({
  channels: {
    room: {
      params: v.object({ id: v.string() }),
      message: text,
      protection: "sealed",
      publish: "members",
      presence: true,
      history: { messages: 100, ttlMs: 300_000 },
    },
    lobby: { params: v.object({ id: v.string() }), message: text, protection: "transport", publish: "members" },
  },
  commands: { shout: { input: text, output: text } },
  notification: text,
});

type Options = Partial<ClientOptions<typeof contract>> & { readonly user?: string };

/** A gateway with sealed connections over TLS on loopback, behind a cable that a test can pull out. */
async function start(t: TestContext) {
  const [authority, tokens, keys] = await Promise.all([
    TestAuthority.create(),
    TokenIssuer.create(),
    testServerKeys(systemClock),
  ]);
  const banned = new Set<string>();
  const gateway = createGateway({
    contract,
    allowedOrigins: [],
    authenticate: jwt({
      ...{ issuer: tokens.issuer, audience: tokens.audience, algorithms: ["EdDSA"], keys: [tokens.publicJwk] },
    }),
    authorize: ({ identity }) => (banned.has(identity.userId) ? deny("banned") : allow()),
    commands: { shout: ({ input }) => ({ text: input.text.toUpperCase() }) },
    serverKeys: keys,
    observe: () => undefined,
  });
  const tls = await authority.issue({ dnsNames: ["localhost"] });
  const running = await gateway.listen({ port: 0, host: "127.0.0.1", tls });
  t.after(() => running.close());
  const cable = await Cable.to(running.addresses[0]?.port ?? 0);
  t.after(() => cable[Symbol.asyncDispose]());
  const host = `localhost:${cable.port}`;
  await keys.publish({ origins: [`https://${host}`] });
  const [pin = ""] = keys.pins;
  const join = async ({ user = "alice", ...options }: Options = {}): Promise<Client<typeof contract>> => {
    const client = await connect<typeof contract>(`wss://${host}/ws`, {
      ...{ contract, serverKey: pin, random: () => 0, socket: nodeSocket({ ca: authority.cert }) },
      ...({ token: () => tokens.token(user), ...options } as ClientOptions<typeof contract>),
    });
    t.after(() => client.close());
    return client;
  };
  return { gateway, running, cable, tokens, keys, pin, banned, join };
}

describe("a sealed connection to a real gateway over TLS", { timeout: 30_000 }, () => {
  test("carries all there is: rooms, presence, history, commands and notifications", async (t) => {
    const { gateway, join, pin } = await start(t);
    const [alice, bob] = await Promise.all([join(), join({ user: "bob" })]);
    const room = await alice.join("room", { id: "tea" });
    const lobby = await alice.join("lobby", { id: "tea" });
    assert.equal(room.protection, "sealed");
    assert.equal(lobby.protection, "transport");
    assert.equal(alice.security?.protection === "sealed" && alice.security.pin, pin);

    const came = once(room, "presence");
    const bobs = await bob.join("room", { id: "tea" });
    await came;
    assert.ok(room.present.some(({ user }) => user === "bob"));

    const reader = bobs.messages[Symbol.asyncIterator]();
    await room.publish({ text: "hello" });
    await gateway.publish("room", { id: "tea" }, { text: "from the application" });
    const messages = await take(2, reader);
    assert.deepEqual(
      messages.map(({ data, sender }) => [data.text, sender?.user]),
      [
        ["hello", "alice"],
        ["from the application", undefined],
      ],
    );
    const { messages: kept } = await bobs.history({ limit: 10 });
    assert.deepEqual(
      kept.map(({ data }) => data.text),
      ["hello", "from the application"],
    );

    assert.deepEqual(await alice.call("shout", { text: "tea" }), { text: "TEA" });
    const told = alice.notifications[Symbol.asyncIterator]();
    await gateway.notify("alice", { text: "for you" });
    assert.deepEqual((await take(1, told))[0]?.data, { text: "for you" });

    const went = once(room, "presence");
    await bob.close();
    await went;
    assert.ok(!room.present.some(({ user }) => user === "bob"));
  });

  test("recovers what was published while it was cut, each message once and in order", async (t) => {
    const { gateway, join, cable } = await start(t);
    const client = await join();
    const room = await client.join("room", { id: "tea" });
    const reader = room.messages[Symbol.asyncIterator]();
    await gateway.publish("room", { id: "tea" }, { text: "before" });
    assert.equal((await take(1, reader))[0]?.data.text, "before");

    cable.pullOut();
    assert.equal((await phase(client, "waiting")).reason.code, "truncated");
    for (const each of ["one", "two"]) await gateway.publish("room", { id: "tea" }, { text: each });
    cable.plugIn();
    await phase(client, "connected");
    const missed = await take(2, reader);
    await gateway.publish("room", { id: "tea" }, { text: "after" });
    const [after] = await take(1, reader);

    assert.deepEqual(
      [...missed, after].map((message) => [message?.data.text, message?.afterGap]),
      [
        ["one", false],
        ["two", false],
        ["after", false],
      ],
    );
    assert.equal(room.recovered, true);
  });

  test("renews its token in place", async (t) => {
    const { join, tokens } = await start(t);
    const client = await join();
    const { connection, expiresAt } = await phase(client, "connected");
    const later = Math.floor(Date.now() / 1_000) + 3_600;
    await client.setToken(await tokens.token("alice", { claims: { exp: later } }));
    const after = await phase(client, "connected");
    assert.equal(after.connection, connection);
    assert.ok(after.expiresAt > expiresAt);
  });

  test("is told its end by CLOSE: a revoked user does not come back", async (t) => {
    const { gateway, join } = await start(t);
    const client = await join();
    await gateway.revoke({ user: "alice" });
    assert.equal((await phase(client, "closed")).reason.closeCode, 4403);
  });

  test("is told that it was put out of a room, and hears nothing more of it", async (t) => {
    const { gateway, join, banned } = await start(t);
    const [alice, bob] = await Promise.all([join(), join({ user: "bob" })]);
    const [room, bobs] = await Promise.all([alice.join("room", { id: "tea" }), bob.join("room", { id: "tea" })]);
    const left = once(bobs, "left");
    banned.add("bob");
    assert.deepEqual(await gateway.reauthorize({ user: "bob" }), { expelled: 1 });
    await left;
    await room.publish({ text: "among us" });
    assert.equal(bob.state.phase, "connected");
    await assert.rejects(bob.join("room", { id: "tea" }), { code: "forbidden" });
  });

  test("goes on with the next bundle once the keys have rotated, and is refused with another pin", async (t) => {
    const { join, keys, cable } = await start(t);
    const client = await join();
    await keys.publish({ origins: [`https://localhost:${cable.port}`] });
    cable.pullOut();
    await phase(client, "waiting");
    cable.plugIn();
    await phase(client, "connected");
    const stranger = `sha256:${"A".repeat(43)}`;
    await assert.rejects(join({ serverKey: stranger, reconnect: false }), { code: "key-bundle" });
  });

  test("control: an unsealed client of the same gateway may not join the sealed room", async (t) => {
    const { join } = await start(t);
    const client = await join({ serverKey: undefined, contract: undefined } as unknown as Options);
    await assert.rejects(client.join("room", { id: "tea" }), { code: "protection-required", origin: "gateway" });
    assert.equal((await client.join("lobby", { id: "tea" })).protection, "transport");
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Cable } from "./fixtures/cable.ts";
import { connectDemo, phase, take } from "./fixtures/demo-client.ts";
import { DemoService } from "./fixtures/demo-service.ts";
import { RawSession } from "./fixtures/raw-session.ts";

/** A client that would come back at once, were it to. */
const atOnce = { random: () => 0 };

describe("a token that is refused", { timeout: 30_000 }, () => {
  test("is not tried again: one handshake, and the client has ended", async () => {
    await using service = await DemoService.start();
    await using cable = await Cable.to(service.port);
    const token = await service.tokens.token("alice", { claims: { aud: "another service" } });

    await assert.rejects(connectDemo(through(cable, service), { ...atOnce, token }), { code: "token-refused" });

    // Whatever the refused client still does comes before a whole session of another one.
    await using good = await connectDemo(through(cable, service), { token: await service.tokens.token("bob") });
    await good.join("lobby", { roomId: "tea" });
    assert.equal(cable.connections, 2, "one of the refused client, one of the good one");
  });

  test("is not tried again either when token() gives the same one again", async () => {
    await using service = await DemoService.start();
    await using cable = await Cable.to(service.port);
    const refused = await service.tokens.token("alice", { claims: { iss: "https://elsewhere.example" } });
    const token = () => Promise.resolve(refused);

    await assert.rejects(connectDemo(through(cable, service), { ...atOnce, token }), { code: "token-refused" });

    await using good = await connectDemo(through(cable, service), { token: await service.tokens.token("bob") });
    await good.join("lobby", { roomId: "tea" });
    assert.equal(cable.connections, 2);
  });

  test("differs from a gateway that is away, which is tried again", async () => {
    await using service = await DemoService.start();
    await using cable = await Cable.to(service.port);
    cable.pullOut();
    const first = cable.connection();
    const connecting = connectDemo(through(cable, service), {
      ...atOnce,
      token: await service.tokens.token("alice"),
    });
    await first;
    cable.plugIn();
    await using client = await connecting;
    assert.equal((await phase(client, "connected")).user, "alice");
    assert.ok(cable.connections >= 2, `${cable.connections} connections`);
  });
});

describe("a token that expires", { timeout: 30_000, concurrency: true }, () => {
  test("ends the connection with 4401 at the instant of its exp", async () => {
    await using service = await DemoService.start();
    const exp = soon();
    using session = await RawSession.connect(service, {
      authorization: await service.tokens.token("alice", { claims: { exp } }),
    });
    const { code } = await session.closed;
    assert.equal(code, 4401);
    const lateMs = Date.now() - exp * 1_000;
    assert.ok(lateMs >= 0 && lateMs < 1_000, `closed ${lateMs} ms after exp`);
  });

  test("brings the client back with a fresh one, still joined", async () => {
    await using service = await DemoService.start();
    const lost = Promise.withResolvers<void>();
    let asked = 0;
    // An issuer that answers the renewal only once the old token has expired.
    const token = async (): Promise<string> => {
      asked += 1;
      if (asked === 1) return service.tokens.token("alice", { claims: { exp: soon() } });
      await lost.promise;
      return service.tokens.token("alice");
    };
    await using client = await connectDemo(service, { ...atOnce, token });
    const lobby = await client.join("lobby", { roomId: "tea" });
    const reader = lobby.messages[Symbol.asyncIterator]();
    const { connection } = await phase(client, "connected");

    client.addEventListener("state", ({ detail }) => {
      if (detail.phase !== "connected") lost.resolve();
    });
    await lost.promise;
    const again = await phase(client, "connected");
    await service.gateway.publish("lobby", { roomId: "tea" }, { text: "welcome back" });

    assert.notEqual(again.connection, connection);
    assert.equal(again.user, "alice");
    assert.deepEqual((await take(1, reader))[0]?.data, { text: "welcome back" });
  });

  test("is renewed in place when the fresh one comes in time", async () => {
    await using service = await DemoService.start();
    using session = await RawSession.connect(service, {
      authorization: await service.tokens.token("alice", { claims: { exp: soon() } }),
    });
    const exp = Math.ceil(Date.now() / 1_000) + 900;
    const token = await service.tokens.token("alice", { claims: { exp } });
    const reply = await session.request({ type: "renew", token });
    assert.deepEqual(reply, { type: "renewed", id: 2, expiresAt: exp * 1_000 });
  });

  const badRenewals: readonly [what: string, code: string, user: string, claims: Readonly<Record<string, unknown>>][] =
    [
      ["another user's", "token-invalid", "mallory", {}],
      ["one for another audience", "token-invalid", "alice", { aud: "another service" }],
      ["one that has expired itself", "token-expired", "alice", { exp: Math.floor(Date.now() / 1_000) }],
    ];
  for (const [what, code, user, claims] of badRenewals) {
    test(`is not renewed by ${what} (${code}), and stays in force`, async () => {
      await using service = await DemoService.start();
      using session = await RawSession.connect(service, {
        authorization: await service.tokens.token("alice", { claims: { exp: soon() } }),
      });
      const reply = await session.request({ type: "renew", token: await service.tokens.token(user, { claims }) });
      assert.ok(reply.type === "error", JSON.stringify(reply));
      assert.equal(reply.code, code);
      const channel = await session.join("lobby", { roomId: "tea" });
      await session.request({ type: "publish", channel, data: { text: "still me" } });
      assert.equal((await session.next("message")).from?.user, "alice");
      assert.equal((await session.closed).code, 4401, "it expires when it would have without the attempt");
    });
  }
});

describe("a change of identity", { timeout: 30_000 }, () => {
  test("setToken with another user's token speaks as that user from then on, still joined", async () => {
    await using service = await DemoService.start();
    await using both = await pair(service);
    const { client, reader } = both;
    const lobby = await client.join("lobby", { roomId: "tea" });
    await lobby.publish({ text: "as alice" });
    assert.equal((await take(1, reader))[0]?.sender?.user, "alice");

    await client.setToken(await service.tokens.token("bob"));
    assert.equal((await phase(client, "connected")).user, "bob");
    // What the application publishes arrives when the channel has been joined as bob.
    const rejoined = take(1, lobby.messages[Symbol.asyncIterator]());
    await service.gateway.publish("lobby", { roomId: "tea" }, { text: "welcome" });
    await Promise.all([rejoined, take(1, reader)]);

    await lobby.publish({ text: "as bob" });
    assert.equal((await take(1, reader))[0]?.sender?.user, "bob");
  });

  test("setToken with a fresh token of the same user keeps the connection", async () => {
    await using service = await DemoService.start();
    await using client = await connectDemo(service, { token: await service.tokens.token("alice") });
    const { connection } = await phase(client, "connected");
    const exp = Math.floor(Date.now() / 1_000) + 1_800;
    await client.setToken(await service.tokens.token("alice", { claims: { exp } }));
    const { user, expiresAt, connection: now } = await phase(client, "connected");
    assert.deepEqual({ user, expiresAt, connection: now }, { user: "alice", expiresAt: exp * 1_000, connection });
  });

  test("logout ends the client, and nobody is present any more", async () => {
    await using service = await DemoService.start();
    await using both = await pair(service);
    const { client, watched } = both;
    const lobby = await client.join("lobby", { roomId: "tea" });
    const gone = new Promise<string>((resolve) => {
      watched.addEventListener("presence", ({ detail }) => {
        for (const { user } of detail.left) resolve(user);
      });
    });

    await client.logout();

    assert.equal((await phase(client, "closed")).reason.code, "logged-out");
    assert.equal(await gone, "alice");
    await assert.rejects(lobby.publish({ text: "too late" }));
    await assert.rejects(client.call("renameRoom", { roomId: "tea", title: "Tea" }));
  });

  /** Alice's client, and Carol's, who watches the lobby. */
  async function pair(service: DemoService) {
    const client = await connectDemo(service, { token: await service.tokens.token("alice") });
    const witness = await connectDemo(service, { token: await service.tokens.token("carol") });
    const watched = await witness.join("lobby", { roomId: "tea" });
    const reader = watched.messages[Symbol.asyncIterator]();
    const dispose = () => Promise.all([client.close(), witness.close()]).then(() => undefined);
    return { client, watched, reader, [Symbol.asyncDispose]: dispose };
  }
});

/** An `exp` two to three seconds from now: a busy machine needs some of that to connect. */
function soon(): number {
  return Math.ceil(Date.now() / 1_000) + 2;
}

function through(cable: Cable, { ca }: DemoService) {
  return { socket: `wss://localhost:${cable.port}/ws`, ca };
}

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { type Client, type ClientOptions, connect } from "@wardwire/client";
import { nodeSocket } from "@wardwire/client/node";
import { allow, createGateway, type GatewayOptions, jwt } from "@wardwire/gateway";
import type { GatewayEvent } from "@wardwire/gateway/events";
import { chat } from "../../examples/chat.contract.ts";
import { systemClock } from "../../packages/gateway/src/clock.ts";
import { TestAuthority } from "../../packages/gateway/test/host/certificates.ts";
import { testServerKeys } from "../../packages/gateway/test/support/test-server-keys.ts";
import { TokenIssuer } from "./fixtures/token-issuer.ts";

type Options = ClientOptions<typeof chat>;

/** A gateway with server keys, over TLS on the loopback, and what connects to it. */
interface Site {
  readonly events: readonly GatewayEvent[];
  /** A token of alice's, bound to this key where one is given. */
  token(device?: CryptoKeyPair): Promise<string>;
  connect(
    options: Pick<Options, "deviceKey"> & { readonly token: NonNullable<Options["token"]> },
  ): Promise<Client<typeof chat>>;
}

async function start(t: TestContext, changes: Pick<GatewayOptions<typeof chat>, "tokenBinding"> = {}): Promise<Site> {
  const [authority, tokens, keys] = await Promise.all([
    TestAuthority.create(),
    TokenIssuer.create(),
    testServerKeys(systemClock),
  ]);
  const { issuer, audience, publicJwk } = tokens;
  const events: GatewayEvent[] = [];
  const gateway = createGateway({
    contract: chat,
    allowedOrigins: ["https://chat.example"],
    authenticate: jwt({ issuer, audience, algorithms: ["EdDSA"], keys: [publicJwk] }),
    authorize: () => allow(),
    commands: { renameRoom: ({ input }) => ({ title: input.title }) },
    serverKeys: keys,
    observe: (event) => events.push(event),
    ...changes,
  });
  const tls = await authority.issue({ dnsNames: ["localhost"] });
  const running = await gateway.listen({ port: 0, host: "127.0.0.1", tls });
  t.after(() => running.close());
  const host = `localhost:${running.addresses[0]?.port}`;
  await keys.publish({ origins: [`https://${host}`] });
  const [pin = ""] = keys.pins;
  return {
    events,
    token: async (device) => {
      if (device === undefined) return tokens.token("alice");
      const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", device.publicKey);
      return tokens.token("alice", { claims: { cnf: { jwk: { kty, crv, x, y } } } });
    },
    connect: async (options) => {
      const socket = nodeSocket({ ca: authority.cert });
      const client = await connect(`wss://${host}/ws`, { contract: chat, serverKey: pin, socket, ...options });
      t.after(() => client.close());
      return client;
    },
  };
}

async function newDevice(): Promise<CryptoKeyPair> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  return (await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"])) as CryptoKeyPair;
}

describe("a token bound to a device, from the client to the gateway (AU-2)", { timeout: 30_000 }, () => {
  test("connects and renews with the device's key, which cannot be exported", async (t) => {
    const { connect, token, events } = await start(t, { tokenBinding: "required" });
    const deviceKey = await newDevice();
    const client = await connect({ deviceKey, token: await token(deviceKey) });
    const room = await client.join("room", { roomId: "tea" });
    await room.publish({ text: "hello" });
    await client.setToken(await token(deviceKey));
    await client.setToken(await token(deviceKey));
    assert.equal(client.state.phase, "connected");
    const connections = events.filter(({ event }) => event === "connected");
    assert.equal(connections.length, 1, "renewed in place, and not by another connection");
    assert.deepEqual(
      events.filter(({ event }) => event === "authentication-failed"),
      [],
    );
  });

  test("is of no use to whoever has stolen it, with another key or with none", async (t) => {
    const { connect, token, events } = await start(t);
    const stolen = await token(await newDevice());
    await assert.rejects(connect({ token: stolen }), { code: "token-refused" });
    await assert.rejects(connect({ token: stolen, deviceKey: await newDevice() }), { code: "token-refused" });
    const details = events.flatMap((event) => (event.event === "authentication-failed" ? [event.detail] : []));
    assert.equal(details.length, 2);
    assert.match(details[0] ?? "", /expected a proof/);
    assert.match(details[1] ?? "", /does not hold/);
    // A bearer token is of use to both.
    await connect({ token: await token(), deviceKey: await newDevice() });
  });

  test("is the only kind that is taken where binding is required", async (t) => {
    const { connect, token } = await start(t, { tokenBinding: "required" });
    const deviceKey = await newDevice();
    await assert.rejects(connect({ deviceKey, token: await token() }), { code: "token-refused" });
    await connect({ deviceKey, token: await token(deviceKey) });
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EstablishedSession } from "@wardwire/crypto/handshake/key-schedule";
import type { GatewayEvent } from "../../../src/observe/events.ts";
import { withTickets } from "../../../src/tickets/tickets.ts";
import { GatewayOnPaper, type PaperOptions } from "../../gateway-on-paper.ts";
import { SealedClient, type SealedGateway, sealedGateway } from "../../support/sealed-client.ts";
import { byToken, deviceAlgorithms, newDevice, tokenFor } from "./device.ts";

const thrifty = { failedAuthenticationBurstPerIp: 1, failedAuthenticationsPerMinutePerIp: 1 };

/** A gateway that takes alice's tokens. */
function boundGateway(changes: PaperOptions = {}): Promise<SealedGateway> {
  return sealedGateway({ authenticate: byToken, ...changes });
}

/** A client that has finished its handshake and not authenticated. */
async function shaken({ gateway, keys }: SealedGateway): Promise<SealedClient & { session: EstablishedSession }> {
  const client = await SealedClient.open(gateway);
  await client.handshake(keys);
  return client as SealedClient & { session: EstablishedSession };
}

/** What the client is told when AUTH is refused, whole: the error, CLOSE and the bare close frame. */
async function refusalOf(client: SealedClient): Promise<unknown> {
  const { id: _, ...error } = await client.next("error");
  const close = await client.take(({ type }) => type === "close");
  return { error, close, raw: await client.socket.closed() };
}

function details(events: readonly GatewayEvent[]): readonly string[] {
  return events.flatMap((event) => (event.event === "authentication-failed" ? [event.detail] : []));
}

for (const algorithm of Object.keys(deviceAlgorithms) as (keyof typeof deviceAlgorithms)[]) {
  describe(`AUTH with a token bound to an ${algorithm} key (AU-2)`, async () => {
    const [device, thief] = await Promise.all([newDevice(algorithm), newDevice(algorithm)]);
    const token = tokenFor(device);

    test("succeeds with a proof for this handshake", async () => {
      const client = await shaken(await boundGateway());
      client.sendAuth({ type: "connect", id: 1, token, proof: await device.proveAuth(client.session, token) });
      const { user, renewalNonce } = await client.next("connected");
      assert.equal(user, "alice");
      assert.match(renewalNonce ?? "", /^[\w-]{43}$/);
    });

    test("fails for whoever has stolen the token and not the key, and says nothing but that it is not valid", async () => {
      const sealed = await boundGateway();
      const invalid = await shaken(sealed);
      invalid.sendAuth({ type: "connect", id: 1, token: "no.such.token" });
      const expected = await refusalOf(invalid);
      const withoutProof = await shaken(sealed);
      withoutProof.sendAuth({ type: "connect", id: 1, token });
      assert.deepEqual(await refusalOf(withoutProof), expected);
      const ownKey = await shaken(sealed);
      ownKey.sendAuth({ type: "connect", id: 1, token, proof: await thief.proveAuth(ownKey.session, token) });
      assert.deepEqual(await refusalOf(ownKey), expected);
      assert.partialDeepStrictEqual(expected, {
        error: { code: "token-invalid" },
        close: { code: 4402 },
        raw: { code: 4402, reason: "" },
      });
      const [, missing = "", wrong = ""] = details(sealed.gateway.events);
      assert.match(missing, /expected a proof/);
      assert.match(wrong, /does not hold/);
    });

    test("fails with the proof of another connection, seen on the way and replayed", async () => {
      const sealed = await boundGateway();
      const first = await shaken(sealed);
      const proof = await device.proveAuth(first.session, token);
      const second = await shaken(sealed);
      second.sendAuth({ type: "connect", id: 1, token, proof });
      assert.equal((await second.next("error")).code, "token-invalid");
      // Where it was made for, it holds.
      first.sendAuth({ type: "connect", id: 1, token, proof });
      await first.next("connected");
    });

    test("fails with the proof of another token of the same device, and with one of a renewal", async () => {
      const sealed = await boundGateway();
      const client = await shaken(sealed);
      const proof = await device.proveAuth(client.session, tokenFor(device, { jti: "t2" }));
      client.sendAuth({ type: "connect", id: 1, token, proof });
      assert.equal((await client.next("error")).code, "token-invalid");
      const renewing = await shaken(sealed);
      const nonce = Buffer.alloc(32).toString("base64url");
      const ofRenewal = await device.proveRenewal(renewing.session, nonce, token);
      renewing.sendAuth({ type: "connect", id: 1, token, proof: ofRenewal });
      assert.equal((await renewing.next("error")).code, "token-invalid");
    });
  });
}

describe("token binding (AU-2)", async () => {
  const device = await newDevice();
  const token = tokenFor(device);

  test("charges a bad proof to its address as it does a bad token (AU-3, R16)", async () => {
    const attempts = async (proofOf: (client: { session: EstablishedSession }) => Promise<string>) => {
      const sealed = await boundGateway({ limits: thrifty });
      const client = await shaken(sealed);
      client.sendAuth({ type: "connect", id: 1, token, proof: await proofOf(client) });
      await Promise.race([client.next("connected"), client.socket.closed()]).catch(() => undefined);
      const next = await sealed.gateway.upgrade();
      return next.accepted ? 101 : next.status;
    };
    const thief = await newDevice();
    assert.equal(await attempts(({ session }) => thief.proveAuth(session, token)), 429);
    assert.equal(await attempts(({ session }) => device.proveAuth(session, token)), 101);
  });

  test("holds for an authenticator of the application's own", async () => {
    const claims = { cnf: { jwk: device.jwk } };
    const expiresAt = 4_000_000_000_000;
    const sealed = await sealedGateway({
      authenticate: () => ({ ok: true, identity: { userId: "alice", expiresAt, claims } }),
    });
    const proved = await shaken(sealed);
    proved.sendAuth({
      type: "connect",
      id: 1,
      token: "opaque",
      proof: await device.proveAuth(proved.session, "opaque"),
    });
    await proved.next("connected");
    const unproved = await shaken(sealed);
    unproved.sendAuth({ type: "connect", id: 1, token: "opaque" });
    assert.equal((await unproved.next("error")).code, "token-invalid");
  });

  test("refuses a token whose cnf we cannot check, though the proof is there (AU-3)", async () => {
    const sealed = await boundGateway();
    const client = await shaken(sealed);
    const thumbprint = tokenFor(undefined, { cnf: { jkt: "x".repeat(43) } });
    const proof = await device.proveAuth(client.session, thumbprint);
    client.sendAuth({ type: "connect", id: 1, token: thumbprint, proof });
    assert.equal((await client.next("error")).code, "token-invalid");
    assert.match(details(sealed.gateway.events).join(), /expected jwk/);
  });

  test("refuses bound tokens on connections that are not sealed: in the handshake 401, in connect 4402 (AU-3)", async () => {
    const gateway = new GatewayOnPaper({ authenticate: byToken });
    const answer = await gateway.upgrade({ authorization: `Bearer ${token}` });
    assert.equal(answer.accepted ? 101 : answer.status, 401);
    const socket = await gateway.open();
    const proof = await device.proveAuth({ transcriptHash: new Uint8Array(32) }, token);
    socket.send({ type: "connect", id: 1, token, proof });
    assert.equal((await socket.closed()).code, 4402);
    assert.deepEqual(
      new Set(details(gateway.events)),
      new Set(["cnf: a device key can be proved on a sealed connection only"]),
    );
    const unbound = await gateway.connect(tokenFor());
    assert.equal(unbound.closeCode(), undefined);
  });

  test("gives a renewal nonce on sealed connections only, and another on each (AU-4)", async () => {
    const sealed = await boundGateway();
    const nonces = [];
    for (const client of [await shaken(sealed), await shaken(sealed)]) {
      client.sendAuth({ type: "connect", id: 1, token: tokenFor() });
      nonces.push((await client.next("connected")).renewalNonce);
    }
    assert.ok(nonces.every((nonce) => nonce !== undefined));
    assert.notEqual(nonces[0], nonces[1]);
    const socket = await new GatewayOnPaper({ authenticate: byToken }).open();
    socket.send({ type: "connect", id: 1, token: tokenFor() });
    assert.equal("renewalNonce" in (await socket.next("connected")), false);
  });

  test("writes neither token nor proof into an event", async () => {
    const sealed = await boundGateway();
    const client = await shaken(sealed);
    const proof = await (await newDevice()).proveAuth(client.session, token);
    client.sendAuth({ type: "connect", id: 1, token, proof });
    await client.socket.closed();
    const told = JSON.stringify(sealed.gateway.events);
    assert.match(told, /does not hold/);
    for (const secret of [token, proof]) assert.ok(!told.includes(secret.slice(0, 20)));
  });
});

describe('tokenBinding: "required" (AU-2)', async () => {
  const required = { tokenBinding: "required" } as const;
  const device = await newDevice();
  const token = tokenFor(device);

  test("refuses a token that names no device key on a sealed connection, and takes a proved one", async () => {
    const sealed = await boundGateway(required);
    const bearer = await shaken(sealed);
    const unbound = tokenFor();
    bearer.sendAuth({ type: "connect", id: 1, token: unbound, proof: await device.proveAuth(bearer.session, unbound) });
    assert.partialDeepStrictEqual(await refusalOf(bearer), { error: { code: "token-invalid" }, close: { code: 4402 } });
    assert.deepEqual(details(sealed.gateway.events), ["the token names no device key"]);
    const bound = await shaken(sealed);
    bound.sendAuth({ type: "connect", id: 1, token, proof: await device.proveAuth(bound.session, token) });
    await bound.next("connected");
    const elsewhere = await boundGateway();
    const taken = await shaken(elsewhere);
    taken.sendAuth({ type: "connect", id: 1, token: unbound });
    await taken.next("connected");
  });

  test("leaves connections that are not sealed as they are", async () => {
    const { gateway } = await boundGateway(required);
    const socket = await gateway.connect(tokenFor());
    assert.equal(socket.closeCode(), undefined);
  });

  test("refuses tickets on a sealed connection, which name no device key, and uses them up", async () => {
    const { clock } = new GatewayOnPaper();
    const session = () => ({ userId: "alice", expiresAt: clock.now() + 3_600_000, claims: {} });
    for (const [changes, code] of [
      [required, 4402],
      [{}, undefined],
    ] as const) {
      const sealed = await boundGateway({ tickets: { session }, ...changes });
      const ticket = await buyTicket(sealed.gateway);
      const client = await shaken(sealed);
      client.sendAuth({ type: "connect", id: 1, ticket });
      await Promise.race([client.next("connected"), client.socket.closed()]).catch(() => undefined);
      assert.equal(client.socket.closedWith?.code, code);
      assert.deepEqual(details(sealed.gateway.events), code === undefined ? [] : ["the ticket names no device key"]);
    }
  });

  test("can be nothing else", async () => {
    const changes = { tokenBinding: "always" } as unknown as PaperOptions;
    await assert.rejects(boundGateway(changes), { code: "invalid-options", message: /tokenBinding: expected/ });
  });

  test("needs server keys: without a sealed connection it would bind nothing", () => {
    const needsKeys = { code: "invalid-options", message: /tokenBinding: needs serverKeys/ };
    assert.throws(() => new GatewayOnPaper(required), needsKeys);
  });
});

describe("a ticket (AU-3)", () => {
  test("of an identity that names a device key is refused everywhere: it cannot prove it", async () => {
    const device = await newDevice();
    const { clock } = new GatewayOnPaper();
    const claims = { cnf: { jwk: device.jwk } };
    const gateway = new GatewayOnPaper({
      authenticate: byToken,
      tickets: { session: () => ({ userId: "alice", expiresAt: clock.now() + 3_600_000, claims }) },
    });
    const ticket = await buyTicket(gateway);
    const socket = await gateway.open();
    socket.send({ type: "connect", id: 1, ticket });
    assert.equal((await socket.closed()).code, 4402);
    assert.deepEqual(details(gateway.events), ["cnf: a ticket cannot prove a device key"]);
  });
});

async function buyTicket(gateway: GatewayOnPaper): Promise<string> {
  const endpoint = withTickets(gateway.core, () => new Response("the page"));
  const request = new Request("https://chat.example/ws/ticket", {
    method: "POST",
    headers: { origin: "https://chat.example" },
  });
  const { ticket } = (await (await endpoint(request, "192.0.2.7")).json()) as { readonly ticket: string };
  return ticket;
}

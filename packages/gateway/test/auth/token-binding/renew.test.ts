import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EstablishedSession } from "@wardwire/crypto/handshake/key-schedule";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { GatewayOnPaper, type PaperOptions } from "../../gateway-on-paper.ts";
import { SealedClient, type SealedGateway, sealedGateway } from "../../support/sealed-client.ts";
import { byToken, type Device, deviceAlgorithms, newDevice, tokenFor } from "./device.ts";

/** A connected client, with what its next renewal has to sign. */
interface Renewing {
  readonly client: SealedClient & { readonly session: EstablishedSession };
  readonly sealed: SealedGateway;
  readonly nonce: string;
}

/** A client whose AUTH has succeeded: by a token bound to the device, or by one that is not bound. */
async function connected(device: Device | undefined, changes: PaperOptions = {}): Promise<Renewing> {
  const sealed = await sealedGateway({ authenticate: byToken, ...changes });
  const client = (await SealedClient.open(sealed.gateway)) as Renewing["client"];
  await client.handshake(sealed.keys);
  const token = tokenFor(device);
  const proof = await device?.proveAuth(client.session, token);
  client.sendAuth({ type: "connect", id: 1, token, ...(proof === undefined ? {} : { proof }) });
  const { renewalNonce = "" } = await client.next("connected");
  return { client, sealed, nonce: renewalNonce };
}

/** Sends `renew` and gives the answer: the next nonce, or the code of the refusal. */
async function renew(
  client: SealedClient,
  id: number,
  token: string,
  proof?: string,
): Promise<{ readonly nonce?: string | undefined; readonly code?: string }> {
  client.send({ type: "renew", id, token, ...(proof === undefined ? {} : { proof }) });
  const item = await client.take(
    (each) => each.type === "frame" && (each.frame.type === "renewed" || each.frame.type === "error"),
  );
  const { frame } = item as { readonly frame: { type: string; code?: string; renewalNonce?: string } };
  return frame.type === "renewed" ? { nonce: frame.renewalNonce } : { code: frame.code ?? "" };
}

/** Whether the connection goes on on the token in force. */
async function goesOn(client: SealedClient): Promise<void> {
  client.send({ type: "join", id: 99, channel: "plain", params: { roomId: "tea" } });
  await client.next("joined");
}

for (const algorithm of Object.keys(deviceAlgorithms) as (keyof typeof deviceAlgorithms)[]) {
  describe(`a renewal on a connection bound to an ${algorithm} key (AU-4)`, async () => {
    const device = await newDevice(algorithm);
    const fresh = tokenFor(device, { jti: "t2" });

    test("succeeds with a proof over the nonce given and the exporter in force, and again over the next", async () => {
      const { client, nonce } = await connected(device);
      const first = await renew(client, 2, fresh, await device.proveRenewal(client.session, nonce, fresh));
      assert.match(first.nonce ?? "", /^[\w-]{43}$/);
      assert.notEqual(first.nonce, nonce);
      const second = await renew(client, 3, fresh, await device.proveRenewal(client.session, first.nonce, fresh));
      assert.match(second.nonce ?? "", /^[\w-]{43}$/);
      assert.notEqual(second.nonce, first.nonce);
    });

    test("fails with a proof that has served: a nonce is good for one renewal", async () => {
      const { client, nonce } = await connected(device);
      const proof = await device.proveRenewal(client.session, nonce, fresh);
      assert.ok((await renew(client, 2, fresh, proof)).nonce !== undefined);
      assert.deepEqual(await renew(client, 3, fresh, proof), { code: "token-invalid" });
      await goesOn(client);
    });

    test("fails without a proof, and with one of AUTH, of another token, nonce, session or key", async () => {
      const { client, nonce } = await connected(device);
      const { session } = client;
      const elsewhere = { exporter: SecretBytes.random(32) };
      const proofs = [
        undefined,
        await device.proveAuth(session, fresh),
        await device.proveRenewal(session, nonce, tokenFor(device, { jti: "t3" })),
        await device.proveRenewal(session, Buffer.alloc(32, 1).toString("base64url"), fresh),
        await device.proveRenewal(elsewhere, nonce, fresh),
        await (await newDevice(algorithm)).proveRenewal(session, nonce, fresh),
      ];
      for (const [index, proof] of proofs.entries()) {
        assert.deepEqual(await renew(client, index + 2, fresh, proof), { code: "token-invalid" }, String(index));
      }
      // What has failed has not used the nonce up.
      const proof = await device.proveRenewal(session, nonce, fresh);
      assert.ok((await renew(client, 20, fresh, proof)).nonce !== undefined);
    });
  });
}

describe("a renewal on a sealed connection (AU-4)", async () => {
  const [device, other] = await Promise.all([newDevice(), newDevice()]);

  test("does not put another device's token in force, though that device proves it", async () => {
    const { client, nonce } = await connected(device);
    const foreign = tokenFor(other);
    const proof = await other.proveRenewal(client.session, nonce, foreign);
    assert.deepEqual(await renew(client, 2, foreign, proof), { code: "token-invalid" });
    await goesOn(client);
  });

  test("does not drop the binding", async () => {
    const { client, nonce } = await connected(device);
    const unbound = tokenFor();
    const proof = await device.proveRenewal(client.session, nonce, unbound);
    assert.deepEqual(await renew(client, 2, unbound), { code: "token-invalid" });
    assert.deepEqual(await renew(client, 3, unbound, proof), { code: "token-invalid" });
    await goesOn(client);
  });

  test("may bind a connection that was not, and binds it for good", async () => {
    const { client, nonce } = await connected(undefined);
    const unbound = await renew(client, 2, tokenFor(undefined, { jti: "t2" }));
    assert.match(unbound.nonce ?? "", /^[\w-]{43}$/);
    assert.notEqual(unbound.nonce, nonce);
    const bound = tokenFor(device);
    const proof = await device.proveRenewal(client.session, unbound.nonce, bound);
    assert.ok((await renew(client, 3, bound, proof)).nonce !== undefined);
    assert.deepEqual(await renew(client, 4, tokenFor()), { code: "token-invalid" });
  });

  test("is refused where binding is required and the token names no key", async () => {
    const { client, sealed } = await connected(device, { tokenBinding: "required" });
    assert.deepEqual(await renew(client, 2, tokenFor()), { code: "token-invalid" });
    const { detail } = sealed.gateway.events.find((event) => event.event === "authentication-failed") ?? assert.fail();
    assert.equal(detail, "the token names no device key");
  });

  test("charges a bad proof to the address, as a bad token (R16)", async () => {
    const limits = { failedAuthenticationBurstPerIp: 1, failedAuthenticationsPerMinutePerIp: 1 };
    const { client, sealed, nonce } = await connected(device, { limits });
    const fresh = tokenFor(device, { jti: "t2" });
    assert.ok((await renew(client, 2, fresh, await device.proveRenewal(client.session, nonce, fresh))).nonce);
    assert.equal((await sealed.gateway.upgrade()).accepted, true);
    assert.deepEqual(await renew(client, 3, fresh), { code: "token-invalid" });
    assert.equal((await sealed.gateway.upgrade()).accepted, false);
  });

  test("signs the exporter of the handshake in force: after a fresh one the old one's is worth nothing (SR-5)", async () => {
    const { client, sealed, nonce } = await connected(device);
    const old = SecretBytes.copyOf(client.session.exporter.use((bytes) => bytes.slice()));
    await client.rehandshake(sealed.keys);
    const fresh = tokenFor(device, { jti: "t2" });
    const stale = await device.proveRenewal({ exporter: old }, nonce, fresh);
    assert.deepEqual(await renew(client, 2, fresh, stale), { code: "token-invalid" });
    const proof = await device.proveRenewal(client.session, nonce, fresh);
    assert.ok((await renew(client, 3, fresh, proof)).nonce !== undefined);
  });

  test("counts by the exporter in force when it was sent, whatever handshake ends while its token is checked (SR-5)", async () => {
    const checked = Promise.withResolvers<void>();
    let checks = 0;
    const { client, sealed, nonce } = await connected(device, {
      authenticate: async (credential, context) => {
        checks += 1;
        if (checks > 1) await checked.promise;
        return byToken(credential, context);
      },
    });
    const fresh = tokenFor(device, { jti: "t2" });
    const proof = await device.proveRenewal(client.session, nonce, fresh);
    const answer = renew(client, 2, fresh, proof);
    await client.rehandshake(sealed.keys);
    checked.resolve();
    assert.ok((await answer).nonce !== undefined, "the exporter in force when it was sent counts");
  });
});

describe("a renewal on a connection that is not sealed (AU-4)", () => {
  test("takes no bound token, and answers without a nonce", async () => {
    const device = await newDevice();
    const gateway = new GatewayOnPaper({ authenticate: byToken });
    const socket = await gateway.connect(tokenFor());
    socket.send({ type: "renew", id: 2, token: tokenFor(undefined, { jti: "t2" }) });
    assert.equal("renewalNonce" in (await socket.next("renewed")), false);
    const bound = tokenFor(device);
    const proof = await device.proveRenewal({ exporter: SecretBytes.random(32) }, "A".repeat(43), bound);
    socket.send({ type: "renew", id: 3, token: bound, proof });
    assert.equal((await socket.next("error")).code, "token-invalid");
  });
});

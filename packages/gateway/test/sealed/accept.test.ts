import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defineContract } from "@wardwire/contract";
import { parseBundle } from "@wardwire/crypto/keys/bundle";
import { z } from "zod";
import { answerUpgrade } from "../../src/accept/upgrade.ts";
import { withKeyBundle } from "../../src/sealed/key-bundle-endpoint.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";
import { GatewayOnPaper } from "../gateway-on-paper.ts";
import { SealedClient, sealedClient, sealedGateway } from "../support/sealed-client.ts";
import { testServerKeys } from "../support/test-server-keys.ts";

const protocol = "sec-websocket-protocol";
const sealedName = "wardwire.v1.sealed";
const params = z.object({ roomId: z.string() });
const message = z.object({ text: z.string() });

/** A contract of one sealed channel and one that is not. */
const secret = defineContract({
  channels: {
    room: { params, message, protection: "sealed", publish: "members" },
    plain: { params, message, protection: "transport", publish: "members" },
  },
});
/** What the gateways of these tests are told is another contract than theirs; nobody looks at its type. */
const withSecrets = { contract: secret, commands: {} } as never as object;

describe("the opening handshake", { timeout: 20_000 }, () => {
  test("settles on sealed where the client prefers it and the gateway has keys (WP-OPEN-3)", async () => {
    const { gateway } = await sealedGateway();
    for (const [offered, expected] of [
      [sealedName, sealedName],
      [`${sealedName}, wardwire.v1.json`, sealedName],
      [`wardwire.v1.cbor, ${sealedName}`, "wardwire.v1.cbor"],
    ] as const) {
      const answer = await gateway.upgrade({ [protocol]: offered });
      assert.partialDeepStrictEqual(answer, { accepted: true, subprotocol: expected });
    }
  });

  test("does not settle on sealed where the gateway has no keys: it never pretends (SR-2.2)", async () => {
    const gateway = new GatewayOnPaper();
    const answer = await gateway.upgrade({ [protocol]: sealedName });
    assert.partialDeepStrictEqual(answer, { accepted: false, status: 400 });
    const both = await gateway.upgrade({ [protocol]: `${sealedName}, wardwire.v1.json` });
    assert.partialDeepStrictEqual(both, { accepted: true, subprotocol: "wardwire.v1.json" });
  });

  test("needs neither an origin nor a credential when it is sealed, and one of them otherwise (WP-OPEN-2)", async () => {
    const sealed = await sealedGateway();
    const client = await SealedClient.open(sealed.gateway, { origin: undefined });
    await client.handshake(sealed.keys);
    await client.authenticate("alice");
    const plain = await sealed.gateway.upgrade({ origin: undefined, [protocol]: "wardwire.v1.cbor" });
    assert.partialDeepStrictEqual(plain, { accepted: false, status: 403 });
    const evil = await sealed.gateway.upgrade({ origin: "https://evil.example", [protocol]: sealedName });
    assert.partialDeepStrictEqual(evil, { accepted: false, status: 403 });
  });

  test("with a token outside the session is refused, and the token looked at by nobody (AU-1)", async () => {
    const asked: unknown[] = [];
    const sealed = await sealedGateway({
      authenticate: (credential) => {
        asked.push(credential);
        return { ok: false, code: "token-invalid", detail: "no" };
      },
    });
    const answer = await sealed.gateway.upgrade({ authorization: "Bearer canary", [protocol]: sealedName });
    assert.partialDeepStrictEqual(answer, { accepted: false, status: 400 });
    assert.deepEqual(asked, []);
    assert.partialDeepStrictEqual(sealed.gateway.events, [{ event: "upgrade-refused", cause: "credential-outside" }]);
    assert.equal(JSON.stringify([answer, sealed.gateway.events]).includes("canary"), false);
    assert.equal(sealed.gateway.core.openPerIp.total, 0);
  });

  test("with a client certificate is not authenticated by it (AU-1)", async () => {
    const asked: string[] = [];
    const sealed = await sealedGateway({
      authenticate: ({ kind }) => {
        asked.push(kind);
        return { ok: false, code: "token-invalid", detail: "no" };
      },
    });
    const tls = { protocol: "TLSv1.3", cipher: "x", clientCertificate: new Uint8Array(3) };
    const request = { remoteAddress: "192.0.2.7", target: "/ws", tls, signal: new AbortController().signal };
    const answerTo = (name: string) =>
      answerUpgrade(sealed.gateway.core, { ...request, headers: new Map([[protocol, [name]]]) });
    assert.partialDeepStrictEqual(await answerTo(sealedName), { accepted: true });
    assert.deepEqual(asked, []);
    assert.partialDeepStrictEqual(await answerTo("wardwire.v1.cbor"), { accepted: false, status: 401 });
    assert.deepEqual(asked, ["certificate"]);
  });
});

describe("what a gateway serves (SR-2.2)", { timeout: 20_000 }, () => {
  test("a contract with a sealed channel needs server keys, or there is no gateway", async () => {
    const { keys } = await sealedGateway();
    const refused = { code: "unsupported-protection", message: /room.*serverKeys/ };
    assert.throws(() => new GatewayOnPaper(withSecrets), refused);
    assert.ok(new GatewayOnPaper({ ...withSecrets, serverKeys: keys }));
  });

  test("a sealed channel is joined on a sealed connection only", async () => {
    const sealed = await sealedGateway(withSecrets);
    const plain = await sealed.gateway.connect("bob");
    plain.send({ type: "join", id: 2, channel: "room", params: { roomId: "tea" } });
    assert.partialDeepStrictEqual(await plain.next("error"), { id: 2, code: "protection-required" });
    plain.send({ type: "join", id: 3, channel: "plain", params: { roomId: "tea" } });
    assert.equal((await plain.next("joined")).id, 3);
    const alice = await sealedClient(sealed, "alice");
    alice.send({ type: "join", id: 2, channel: "room", params: { roomId: "tea" } });
    assert.equal((await alice.next("joined")).id, 2);
  });

  test("keys whose bundle has expired, and limits without room for message 1, make no gateway", async () => {
    const clock = new ManualClock();
    const serverKeys = await testServerKeys(clock);
    const made = { serverKeys, clock };
    assert.ok(new GatewayOnPaper(made));
    const small = { ...made, limits: { maxMessageBytes: 4_095 } };
    assert.throws(() => new GatewayOnPaper(small), { code: "invalid-options", message: /maxMessageBytes/ });
    clock.pass(80 * 3_600_000);
    assert.throws(() => new GatewayOnPaper(made), { code: "invalid-options", message: /wardwire keys bundle/ });
  });

  test("keys run from the first start on, tell of what happens to them, and are let go at the end", async () => {
    const { gateway, keys } = await sealedGateway();
    const { sealing } = gateway.core;
    let starts = 0;
    const { start } = keys;
    keys.start = (running) => {
      starts += 1;
      start.call(keys, running);
    };
    sealing?.start();
    sealing?.start();
    assert.equal(starts, 1);
    await keys.publish();
    keys.running?.failed(new Error("no room on the disk"));
    assert.partialDeepStrictEqual(gateway.events, [
      { event: "server-keys", change: "key-added" },
      { event: "server-keys", change: "bundle-published", version: 2 },
      { event: "failure", where: "server-keys" },
    ]);
    sealing?.close();
    assert.equal(keys.running, undefined);
    assert.throws(() => sealing?.signer.sign(new Uint8Array(1)), { code: "disposed" });
  });

  test("a gateway that takes small messages says so in message 2, and takes them (HS-1.7)", async () => {
    const sealed = await sealedGateway({ limits: { maxMessageBytes: 4_096 } });
    const alice = await sealedClient(sealed, "alice");
    assert.equal(alice.session?.limits.maxPlaintextBytes, 4_096 - 30);
    const records = alice.seal("data", new Uint8Array(4_096));
    assert.ok(records.every(({ length }) => length <= 4_096));
  });
});

describe("/.well-known/wardwire-keys (KB-1.5)", { timeout: 20_000 }, () => {
  const url = "https://chat.example/.well-known/wardwire-keys";
  const other = () => new Response("the application's", { status: 299 });

  test("serves the newest bundle to pages of any origin, and no cache keeps it", async () => {
    const { gateway, keys } = await sealedGateway();
    const fetch = withKeyBundle(gateway.core, other);
    const first = await fetch(new Request(url), "192.0.2.7");
    assert.equal(first.status, 200);
    assert.equal(first.headers.get("Content-Type"), "application/cbor");
    assert.equal(first.headers.get("Access-Control-Allow-Origin"), "*");
    assert.equal(first.headers.get("Cache-Control"), "no-store");
    assert.equal(parseBundle(await first.bytes()).version, 1);
    await keys.publish();
    const second = await fetch(new Request(url), "192.0.2.7");
    assert.equal(parseBundle(await second.bytes()).version, 2);
  });

  test("answers HEAD without a body, and other methods with 405", async () => {
    const { gateway } = await sealedGateway();
    const fetch = withKeyBundle(gateway.core, other);
    const head = await fetch(new Request(url, { method: "HEAD" }), "192.0.2.7");
    assert.deepEqual([head.status, (await head.bytes()).length], [200, 0]);
    const post = await fetch(new Request(url, { method: "POST" }), "192.0.2.7");
    assert.deepEqual([post.status, post.headers.get("Allow")], [405, "GET, HEAD"]);
  });

  test("is the application's path, as all others are, where the gateway has no keys", async () => {
    const without = withKeyBundle(new GatewayOnPaper().core, other);
    assert.equal((await without(new Request(url), "192.0.2.7")).status, 299);
    const { gateway } = await sealedGateway();
    const elsewhere = await withKeyBundle(gateway.core, other)(new Request(`${url}/x`), "192.0.2.7");
    assert.equal(elsewhere.status, 299);
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defineContract } from "@wardwire/contract";
import { parseBundle } from "@wardwire/crypto/keys/bundle";
import { sealedSubprotocol } from "@wardwire/wire/frames";
import { WebSocket } from "ws";
import { z } from "zod";
import { systemClock } from "../../src/clock.ts";
import { allow, createGateway } from "../../src/gateway.ts";
import { FarEnd } from "../support/far-end.ts";
import { SealedClient } from "../support/sealed-client.ts";
import { type TestServerKeys, testServerKeys } from "../support/test-server-keys.ts";

const contract = defineContract({
  channels: {
    bulk: {
      params: z.object({}),
      message: z.object({ text: z.string() }),
      protection: "transport",
      publish: "members",
    },
  },
});

/** A gateway that really listens, on loopback. */
async function listen(serverKeys: TestServerKeys) {
  const gateway = createGateway({
    contract,
    allowedOrigins: [],
    authenticate: () => ({ ok: true, identity: { userId: "alice", expiresAt: Date.now() + 60_000, claims: {} } }),
    authorize: () => allow(),
    observe: () => {},
    serverKeys,
  });
  return gateway.dangerouslyListenWithoutTls({ port: 0, host: "127.0.0.1" });
}

/** A client whose messages go over a WebSocket of its own. */
async function dial(port: number): Promise<SealedClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, sealedSubprotocol);
  const farEnd = new FarEnd();
  farEnd.events = {
    message: (data) => socket.send(data),
    drained: () => {},
    closed: () => {},
  };
  socket.on("message", (data: Buffer, isBinary) => farEnd.send(data, isBinary ? "binary" : "text"));
  socket.on("close", (code, reason) => farEnd.close(code, reason.toString()));
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return new SealedClient(farEnd, () => performance.now());
}

describe("over real sockets", { timeout: 20_000 }, () => {
  test("a client without origin or token gets the bundle, is authenticated inside, and is told of the end", async () => {
    const keys = await testServerKeys(systemClock);
    await using running = await listen(keys);
    const port = running.addresses[0]?.port ?? 0;
    assert.ok(keys.running, "keys rotate from now on");
    const bundle = await fetch(`http://127.0.0.1:${port}/.well-known/wardwire-keys`);
    assert.equal(parseBundle(await bundle.bytes()).version, keys.trusted.version);
    const alice = await dial(port);
    await alice.handshake(keys);
    await alice.authenticate("alice");
    alice.send({ type: "join", id: 2, channel: "bulk", params: {} });
    const { channel } = await alice.next("joined");
    const text = "x".repeat(60_000);
    alice.send({ type: "publish", id: 3, channel, data: { text } });
    assert.deepEqual((await alice.next("message")).data, { text });
    const closing = running.close();
    assert.partialDeepStrictEqual(await alice.take(({ type }) => type === "close"), { code: 1001 });
    assert.deepEqual(await alice.socket.closed(), { code: 1001, reason: "" });
    await closing;
    assert.equal(keys.running, undefined, "keys are let go with the gateway");
    assert.equal(keys.bundle.length, 0);
  });
});

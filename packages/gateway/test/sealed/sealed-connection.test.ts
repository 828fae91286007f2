import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { recordTypes } from "@wardwire/crypto/session-records/record-types";
import { encodeFrames, SealedClient, sealedClient, sealedGateway } from "../support/sealed-client.ts";

const tea = { channel: "plain", params: { roomId: "tea" } };
const asText = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

describe("a sealed connection", { timeout: 20_000 }, () => {
  test("authenticates by AUTH, and is told the process's record key and who it is in AUTH_OK (AU-1)", async () => {
    const sealed = await sealedGateway();
    const client = await SealedClient.open(sealed.gateway);
    await client.handshake(sealed.keys);
    client.sendAuth({ type: "connect", id: 1, token: "alice/phone" });
    const connected = await client.next("connected");
    assert.deepEqual([connected.user, connected.device], ["alice", "phone"]);
    assert.deepEqual(client.recordKey, sealed.gateway.core.sealing?.signer.publicKey);
    assert.equal(client.socket.messages[1]?.message[0], recordTypes.authOk);
    assert.equal(sealed.gateway.core.unauthenticatedPerIp.total, 0);
  });

  test("carries frames both ways, which nobody on the way can read, and meets those that are not sealed (SR-1.1)", async () => {
    const sealed = await sealedGateway();
    const alice = await sealedClient(sealed, "alice");
    const bob = await sealed.gateway.connect("bob");
    alice.send({ type: "join", id: 2, ...tea });
    bob.send({ type: "join", id: 2, ...tea });
    const { channel } = await alice.next("joined");
    await bob.next("joined");
    bob.send({ type: "publish", id: 3, channel: 1, data: { text: "canary down" } });
    assert.deepEqual((await alice.next("message")).data, { text: "canary down" });
    const [record] = alice.seal("data", encodeFrames([{ type: "publish", channel, data: { text: "canary up" } }]));
    alice.socket.deliver(record as Uint8Array);
    assert.deepEqual((await bob.next("message")).data, { text: "canary down" });
    assert.deepEqual((await bob.next("message")).data, { text: "canary up" });
    assert.equal(asText(record as Uint8Array).includes("canary"), false);
    assert.equal(
      alice.socket.messages.some(({ message }) => asText(message).includes("canary")),
      false,
    );
    assert.ok(alice.socket.messages.every(({ kind }) => kind === "binary"));
    const searched = bob.messages.some((message) => asText(message).includes("canary"));
    assert.ok(searched, "the search finds it where nothing is sealed");
  });

  test("takes what comes behind AUTH in its order, once AUTH_OK is out (HS-2.2)", async () => {
    const sealed = await sealedGateway();
    const client = await SealedClient.open(sealed.gateway);
    await client.handshake(sealed.keys);
    client.sendAuth({ type: "connect", id: 1, token: "alice" });
    client.send({ type: "nonsense", id: 9 });
    client.send({ type: "join", id: 2, ...tea });
    client.send({ type: "join", id: 3, channel: "lobby", params: { roomId: "tea" } });
    client.send({ type: "publish", id: 4, channel: 1, data: { text: "at once" } });
    const { id } = await client.next("connected");
    assert.equal(id, 1);
    assert.equal((await client.next("error")).id, 9);
    assert.equal((await client.next("joined")).id, 2);
    assert.equal((await client.next("joined")).id, 3);
    assert.deepEqual((await client.next("message")).data, { text: "at once" });
    assert.equal(client.failure, undefined);
  });

  test("may end over what came behind AUTH: that is looked at once all of AUTH_OK is out (HS-2.2)", async () => {
    const sealed = await sealedGateway();
    const client = await SealedClient.open(sealed.gateway);
    await client.handshake(sealed.keys);
    client.sendAuth({ type: "connect", id: 1, token: "alice" });
    client.sendRecord("data", Uint8Array.of(0xff));
    assert.equal((await client.socket.closed()).code, 1007);
    const told = client.received.map((item) => (item.type === "frame" ? item.frame.type : item.type));
    assert.deepEqual(told, ["connected", "close"], "each once");
  });

  test("has no limit of its own for large values: they go in several records (SR-1.2)", async () => {
    // Chunks are paid for in bytes: there may be more of them than of other records without frames.
    const generous = {
      controlFrameBurst: 1,
      maxMessageBytes: 262_144,
      byteBurst: 1_000_000,
      byteBurstPerDevice: 1_000_000,
    };
    const sealed = await sealedGateway({ limits: { ...generous, byteBurstPerUser: 1_000_000 } });
    const alice = await sealedClient(sealed, "alice");
    alice.send({ type: "join", id: 2, channel: "bulk", params: { roomId: "tea" } });
    const { channel } = await alice.next("joined");
    const text = "x".repeat(200_000);
    const frame = encodeFrames([{ type: "publish", id: 3, channel, data: { text } }]);
    const records = alice.seal("data", frame);
    assert.equal(records.length, 4);
    for (const record of records) alice.socket.deliver(record);
    assert.deepEqual((await alice.next("message")).data, { text });
  });
});

describe("the end of a sealed connection", { timeout: 20_000 }, () => {
  for (const [token, code, word] of [
    ["bad", 4402, "token-invalid"],
    ["old", 4401, "token-expired"],
  ] as const) {
    test(`a ${word} token is refused inside the session: an error, CLOSE with ${code}, and no reason outside (SR-3.1)`, async () => {
      const sealed = await sealedGateway();
      const client = await SealedClient.open(sealed.gateway);
      await client.handshake(sealed.keys);
      client.sendAuth({ type: "connect", id: 1, token });
      client.send({ type: "join", id: 2, ...tea });
      assert.equal((await client.next("error")).code, word);
      const close = await client.take(({ type }) => type === "close");
      assert.partialDeepStrictEqual(close, { code });
      assert.notEqual("reason" in close && close.reason, "");
      assert.deepEqual(await client.socket.closed(), { code, reason: "" });
      assert.equal(
        client.socket.messages.some(({ message }) => message[0] === recordTypes.authOk),
        false,
      );
      assert.equal(sealed.gateway.core.channels.size, 0, "what came behind AUTH was let go");
      assert.equal(sealed.gateway.core.sealing?.openSessions.size, 0);
    });
  }

  test("a reason longer than a close frame holds is cut at a character (SR-3.1)", async () => {
    const sealed = await sealedGateway();
    const alice = await sealedClient(sealed, "alice");
    const [connection] = sealed.gateway.core.connections.ofUser("alice");
    connection?.close("revoked", "ü".repeat(100));
    const close = await alice.take(({ type }) => type === "close");
    assert.deepEqual(close, { type: "close", code: 4403, reason: "ü".repeat(61) });
    assert.deepEqual(await alice.socket.closed(), { code: 4403, reason: "" });
  });

  test("what was queued goes out before CLOSE, and nothing after it (SR-3.1)", async () => {
    const sealed = await sealedGateway();
    const alice = await sealedClient(sealed, "alice");
    const [connection] = sealed.gateway.core.connections.ofUser("alice");
    connection?.send({ type: "notice", code: "draining" });
    connection?.close("goingAway", "the gateway is going away");
    connection?.send({ type: "ping" });
    assert.equal((await alice.next("notice")).code, "draining");
    assert.partialDeepStrictEqual(await alice.take(() => true), { type: "close", code: 1001 });
    assert.equal(alice.received.length, 0);
  });

  test("the client's CLOSE is the end with its code, whatever the close frame says then (SR-3.2)", async () => {
    const sealed = await sealedGateway();
    const alice = await sealedClient(sealed, "alice");
    for (const record of alice.sealer.close(1001, "away")) alice.socket.deliver(record);
    assert.deepEqual(await alice.socket.closed(), { code: 1000, reason: "" });
    const ends = sealed.gateway.events.filter(({ event }) => event === "disconnected");
    assert.equal(ends.length, 1);
    assert.partialDeepStrictEqual(ends[0], { code: 1001, user: "alice" });
    assert.equal(sealed.gateway.core.openPerIp.total, 0);
  });

  for (const code of [1000, 4403, 1005]) {
    test(`a close frame with ${code} and no CLOSE is a connection that was cut off (SR-3.2)`, async () => {
      const sealed = await sealedGateway();
      const alice = await sealedClient(sealed, "alice");
      alice.socket.leave(code);
      assert.partialDeepStrictEqual(sealed.gateway.events.at(-1), { event: "disconnected", code: 1006 });
    });
  }

  test("frames behind the client's CLOSE are not looked at (SR-3.1)", async () => {
    const sealed = await sealedGateway();
    const alice = await sealedClient(sealed, "alice");
    const [goodbye] = alice.sealer.close(1000, "");
    alice.socket.deliver(goodbye as Uint8Array);
    alice.socket.deliver(goodbye as Uint8Array);
    assert.equal(
      sealed.gateway.events.some(({ event }) => event === "sealed-failed"),
      false,
    );
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parsePositions } from "@wardwire/crypto/channel-records/channel-announcements";
import type { EstablishedSession } from "@wardwire/crypto/handshake/key-schedule";
import { suites } from "@wardwire/crypto/handshake/suites";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { RecordSealer } from "@wardwire/crypto/session-records/record-sealer";
import { defaultLimits } from "../../src/options.ts";
import { RoomClient, sealedRooms, settle } from "../sealed-channels/sealed-rooms.ts";
import { encodeFrames, SealedClient, sealedClient, sealedGateway } from "../support/sealed-client.ts";

describe("a client that has said goodbye inside the session", () => {
  /** A client whose socket is slow to close. */
  async function slowToClose() {
    const sealed = await sealedGateway({ limits: { maxConnectionsPerIp: 1 } });
    const client = await sealedClient(sealed, "alice");
    client.socket.close = () => {};
    return { gateway: sealed.gateway, client };
  }

  test("counts as open until its socket has closed (R30)", async () => {
    const { gateway, client } = await slowToClose();
    for (const record of client.sealer.close(1000, "")) client.socket.deliver(record);
    assert.equal(gateway.core.connections.all.size, 0, "it is a connection no more");
    await assert.rejects(SealedClient.open(gateway), /refused with 429/);
    client.socket.leave(1000);
    assert.equal(gateway.core.openPerIp.total, 0);
    await SealedClient.open(gateway);
  });

  test("control: as one that has been closed by the gateway does", async () => {
    const { gateway, client } = await slowToClose();
    await gateway.core.revocations.revoke({ user: "alice" });
    await assert.rejects(SealedClient.open(gateway), /refused with 429/);
    client.socket.leave(1000);
    await SealedClient.open(gateway);
  });
});

describe("the time until AUTH_OK", () => {
  test("is five seconds on a sealed connection, also where others have more (HS-2.1)", async () => {
    const sealed = await sealedGateway({ limits: { authenticationTimeoutMs: 10_000 } });
    const client = await SealedClient.open(sealed.gateway);
    await client.handshake(sealed.keys);
    const other = await sealed.gateway.open();
    const closedWith = (): number | undefined => client.socket.closedWith?.code;
    sealed.gateway.clock.pass(4_999);
    assert.equal(closedWith(), undefined);
    sealed.gateway.clock.pass(1);
    assert.equal(closedWith(), 4408);
    sealed.gateway.clock.pass(4_999);
    assert.equal(other.closedWith, undefined, "control: another connection has the time it was given");
  });
});

describe("what a record is padded with", () => {
  const pong = encodeFrames([{ type: "pong" }]);
  const most = 60;

  /** Sends records with one frame each; how many were taken before the client's bytes were spent, 60 at most. */
  async function recordsTaken(paddedTo: number): Promise<number> {
    const sealed = await sealedGateway();
    const client = await SealedClient.open(sealed.gateway);
    await client.handshake(sealed.keys);
    const sealer = paddingSealer(client, paddedTo);
    const send = (type: "auth" | "data", content: Uint8Array): void => {
      for (const record of sealer.seal(type, content)) client.socket.deliver(record);
    };
    send("auth", encodeFrames([{ type: "connect", id: 1, token: "alice" }]));
    await client.next("connected");
    const isSpent = (): boolean =>
      sealed.gateway.events.some((each) => each.event === "rate-limited" && each.budget === "bytes");
    let taken = 0;
    while (taken < most && !isSpent()) {
      send("data", pong);
      taken += 1;
    }
    return taken;
  }

  test("is paid from the budget of bytes like all else that comes (R29)", async () => {
    const taken = await recordsTaken(61_440);
    assert.ok(taken <= defaultLimits.byteBurst / 61_440 + 1, `${taken} records`);
  });

  test("control: frames in ordinary records are taken as long as there are frames left", async () => {
    assert.equal(await recordsTaken(64), most);
  });
});

describe("the positions of all that may be joined", () => {
  const limits = { maxMessageBytes: 4_096, messageBurst: 1_000, messageBurstPerDevice: 1_000, joinBurst: 1_000 };

  test("fit into one HEARTBEAT: a limit for which they would not is refused (RK-5.1)", async () => {
    await assert.rejects(sealedGateway({ limits: { ...limits, maxJoins: 146 } }), /maxJoins: .* at most 145, got 146/);
    await assert.rejects(sealedGateway({ limits: { maxJoins: 2_195 } }), /at most 2194/);
    await sealedGateway({ limits: { maxJoins: 2_194 } });
  });

  test("are told to who has joined as many as there may be", async () => {
    const sealed = await sealedRooms({ limits: { ...limits, maxJoins: 145 } });
    const alice = await RoomClient.connect(sealed, "alice");
    for (let room = 0; room < 145; room += 1) {
      const { channel } = await alice.join("quiet", {}, `room-${room}`);
      await alice.publish(channel, "hello");
    }
    await alice.drain();
    sealed.gateway.clock.pass(sealed.gateway.core.limits.heartbeatMs);
    await settle();
    const beat = alice.client.received.find(({ type }) => type === "heartbeat");
    assert.equal(parsePositions(beat?.type === "heartbeat" ? beat.content : new Uint8Array(0))?.size, 145);
  });
});

/** Seals what a client that keeps to no limit would: padded to so many bytes. Take it before the client has sent anything. */
function paddingSealer({ session }: SealedClient, paddedTo: number): RecordSealer<"sync"> {
  const { suite, clientTraffic } = session as EstablishedSession;
  const importAead: typeof nodePrimitives.importAead = (algorithm, secret) => {
    const key = nodePrimitives.importAead(algorithm, secret);
    return {
      seal: (nonce, header, plaintext) => key.seal(nonce, header, padded(plaintext, paddedTo)),
      open: (...sealed) => key.open(...sealed),
      dispose: () => key.dispose(),
    };
  };
  return new RecordSealer({
    primitives: { ...nodePrimitives, importAead },
    algorithm: suites[suite],
    side: "client",
    secret: clientTraffic.use((bytes) => SecretBytes.copyOf(bytes)),
    now: () => 0,
  });
}

function padded(plaintext: Uint8Array, paddedTo: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.max(paddedTo, plaintext.length));
  bytes.set(plaintext);
  return bytes;
}

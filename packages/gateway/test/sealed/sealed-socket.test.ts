import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Bytes } from "@wardwire/crypto/bytes";
import type { AwaitingFirstMessage, GatewayAnswer } from "@wardwire/crypto/handshake/gateway-handshake";
import type { EstablishedSession } from "@wardwire/crypto/handshake/key-schedule";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { SealedSession } from "../../src/sealed/sealed-session.ts";
import type { SealedCore } from "../../src/sealed/sealed-socket.ts";
import { SealedSocket } from "../../src/sealed/sealed-socket.ts";
import type { Sealing } from "../../src/sealed/sealing.ts";
import { ManualClock, settle } from "../../src/testing/manual-clock.ts";
import { FarEnd } from "../support/far-end.ts";
import { SealedClient, sealedGateway } from "../support/sealed-client.ts";

/** What a finished handshake gives, and whether anything secret of it is left. */
function establishedSession(): { readonly session: EstablishedSession; readonly isErased: () => boolean } {
  const secrets = [SecretBytes.random(32), SecretBytes.random(32), SecretBytes.random(32)] as const;
  const [clientTraffic, gatewayTraffic, exporter] = secrets;
  const limits = { maxPlaintextBytes: 61_440, maxMessageBytes: 65_536 };
  const terms = { suite: 1, transcriptHash: new Uint8Array(32), limits, serverTimeMs: 0 } as const;
  const isErased = (): boolean => secrets.every(isDisposed);
  return { session: { ...terms, clientTraffic, gatewayTraffic, exporter }, isErased };
}

function isDisposed(secret: SecretBytes): boolean {
  try {
    secret.use(() => undefined);
    return false;
  } catch {
    return true;
  }
}

/** A handshake that is answered when the test says so. */
function slowHandshake() {
  const { promise, resolve, reject } = Promise.withResolvers<GatewayAnswer>();
  const awaiting = { receive: () => promise } as unknown as AwaitingFirstMessage;
  return { awaitFirstMessage: () => awaiting, resolve, reject };
}

/** Message 1 as the socket needs it to know what the session is bound to. */
const firstMessage = await (async () => {
  const sealed = await sealedGateway();
  const client = await SealedClient.open(sealed.gateway);
  const sent: Uint8Array[] = [];
  const { deliver } = client.socket;
  client.socket.deliver = (message) => {
    sent.push(message);
    deliver.call(client.socket, message);
  };
  await client.handshake(sealed.keys);
  return sent[0] as Uint8Array;
})();

interface Above {
  readonly heard: (readonly [string, ...unknown[]])[];
  readonly socket: SealedSocket;
  readonly farEnd: FarEnd;
}

/** A sealed socket below a connection that only notes what it is told. */
async function socketUnder(awaitFirstMessage: Sealing["awaitFirstMessage"]): Promise<Above> {
  const { gateway } = await sealedGateway();
  const { clock, limits, observe, budgets, sealing } = gateway.core;
  const core: SealedCore = { clock, limits, observe, budgets, sealing: { ...(sealing as Sealing), awaitFirstMessage } };
  const farEnd = new FarEnd();
  const socket = new SealedSocket(core, farEnd, "192.0.2.7", () => {});
  farEnd.events = socket;
  const heard: (readonly [string, ...unknown[]])[] = [];
  socket.serve({
    id: "c_1",
    session: undefined,
    message: (data) => heard.push(["message", data]),
    drained: () => heard.push(["drained"]),
    closed: (code) => heard.push(["closed", code]),
    close: (reason) => {
      heard.push(["close", reason]);
      socket.close(reason === "sealedSessionFailed" ? 4470 : 4471, "");
    },
    failed: (where, error) => heard.push(["failed", where, error]),
  });
  return { heard, socket, farEnd };
}

describe("a sealed socket", () => {
  test("sends nothing before there is a session, and closes all the same (SR-1.1)", async () => {
    const { socket, farEnd } = await socketUnder(slowHandshake().awaitFirstMessage);
    socket.send(Uint8Array.of(1));
    socket.sendPositions(Uint8Array.of(0, 0));
    socket.sendChannelRecord(Uint8Array.of(0x20));
    const secret: Bytes = Uint8Array.of(1, 2, 3);
    socket.sendChannelKey(secret);
    assert.deepEqual(secret, new Uint8Array(3), "a key that could not be told is erased too");
    socket.close(4408, "no connect in time");
    assert.deepEqual(farEnd.messages, []);
    assert.deepEqual(farEnd.closedWith, { code: 4408, reason: "" });
    assert.throws(() => socket.exporter, /not open/);
  });

  test("passes on what concerns the socket alone: flow, what is unsent, that it has drained", async () => {
    const { socket, farEnd, heard } = await socketUnder(slowHandshake().awaitFirstMessage);
    farEnd.bufferedBytes = 7;
    assert.equal(socket.bufferedBytes, 7);
    socket.pause();
    assert.equal(farEnd.paused, true);
    socket.resume();
    assert.equal(farEnd.paused, false);
    socket.drained();
    assert.deepEqual(heard, [["drained"]]);
    socket.terminate();
    assert.equal(farEnd.closedWith?.code, 1006);
  });

  test("tells of its end once, with the code of the close frame where there was no session", async () => {
    const { socket, farEnd, heard } = await socketUnder(slowHandshake().awaitFirstMessage);
    farEnd.leave(1001);
    socket.message(Uint8Array.of(1), "binary");
    assert.deepEqual(heard, [["closed", 1001]]);
  });

  test("erases a session that comes when nobody wants it any more (HS-4.3)", async () => {
    const { awaitFirstMessage, resolve } = slowHandshake();
    const { farEnd, heard } = await socketUnder(awaitFirstMessage);
    const { session, isErased } = establishedSession();
    farEnd.deliver(Uint8Array.of(1));
    farEnd.leave(1001);
    resolve({ message: new Uint8Array(3), session });
    assert.equal(isErased(), false);
    await settle();
    assert.equal(isErased(), true);
    assert.deepEqual(heard, [["closed", 1001]]);
    assert.deepEqual(farEnd.messages, []);
  });

  test("erases its session at every end of it: told by either side, or cut off", async () => {
    for (const end of ["close", "terminate", "leave", "text"] as const) {
      const { awaitFirstMessage, resolve } = slowHandshake();
      const { socket, farEnd } = await socketUnder(awaitFirstMessage);
      const { session, isErased } = establishedSession();
      farEnd.deliver(firstMessage);
      resolve({ message: new Uint8Array(3), session });
      await settle();
      assert.equal(isErased(), false);
      socket.sendPositions(Uint8Array.of(0, 0));
      if (end === "close") socket.close(1000, "");
      else if (end === "terminate") socket.terminate();
      else if (end === "leave") farEnd.leave(1001);
      else farEnd.deliver(Buffer.from("x"), "text");
      assert.equal(isDisposed(session.exporter), true, end);
      assert.throws(() => socket.exporter, /not open/);
    }
  });

  test("lets what is no fault of the peer's go to those who mend it, and not to the peer (R35)", async () => {
    const { awaitFirstMessage, reject } = slowHandshake();
    const { farEnd, heard } = await socketUnder(awaitFirstMessage);
    const bug = new TypeError("a bug");
    farEnd.deliver(Uint8Array.of(1));
    reject(bug);
    await settle();
    assert.deepEqual(heard, [["failed", "sealed handshake", bug]]);
    assert.deepEqual(farEnd.messages, []);
  });
});

describe("a sealed session", () => {
  /** One whose fresh handshake is answered when the test says so. */
  function session() {
    const { awaitFirstMessage, resolve } = slowHandshake();
    const limits = { maxPlaintextBytes: 61_440, maxMessageBytes: 65_536 };
    const timed = { begin: () => undefined, end: () => undefined } as never;
    const openSessions = new Set<object>();
    const written: Bytes[] = [];
    const clock = new ManualClock();
    const sealing = { primitives: nodePrimitives, sessionLimits: limits, awaitFirstMessage, openSessions };
    const { session: established, isErased } = establishedSession();
    const made = new SealedSession(
      established,
      {
        sealing: { ...sealing, times: { seal: timed, open: timed } },
        clock,
        address: "192.0.2.7",
        origin: "https://chat.example",
        path: "/ws",
        maxMessageBytes: 65_536,
      },
      { write: (record) => written.push(record), rekeyed: () => {}, tooOld: () => {} },
    );
    return { session: made, resolve, written, clock, openSessions, exporter: established.exporter, isErased };
  }

  test("that ends while a fresh handshake is answered erases what comes, and sends nothing (HS-4.3)", async () => {
    const { session: ended, resolve, written } = session();
    const late = establishedSession();
    const answered = ended.rehandshake(new Uint8Array(0));
    ended.dispose();
    resolve({ message: new Uint8Array(3), session: late.session });
    await answered;
    assert.equal(late.isErased(), true);
    assert.deepEqual(written, []);
  });

  test("that ends between message 2 and the client's SWITCH erases both its exporters and leaves no timer", async () => {
    const { session: ended, resolve, written, clock, openSessions, exporter } = session();
    const fresh = establishedSession();
    const answered = ended.rehandshake(new Uint8Array(0));
    resolve({ message: new Uint8Array(3), session: fresh.session });
    await answered;
    assert.equal(written.length, 2, "message 2 and SWITCH");
    assert.deepEqual([openSessions.size, clock.timers], [1, 1]);
    ended.dispose();
    assert.deepEqual([isDisposed(exporter), fresh.isErased()], [true, true]);
    assert.deepEqual([openSessions.size, clock.timers], [0, 0]);
  });
});

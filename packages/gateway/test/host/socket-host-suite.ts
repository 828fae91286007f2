import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { listeningTests } from "./listening-suite.ts";
import { clientFrame, closeFrame, handshake, handshakeHeaders, opcodes } from "./raw-client.ts";
import {
  type CreateHost,
  forbidden,
  type StartHost,
  TestHost,
  type TestHostOptions,
  type TestTransport,
  testLimits,
} from "./test-host.ts";

/**
 * The promises of `src/host/socket-host.ts` as tests. Every host passes them, over every transport.
 * @param name of the host, for the report
 */
export function socketHostSuite(name: string, create: CreateHost, transport: TestTransport): void {
  const start = (options?: TestHostOptions) => TestHost.start(create, transport, options);
  describe(`${name} opens`, { timeout: 20_000 }, () => openingTests(start, transport));
  describe(`${name} receives`, { timeout: 20_000 }, () => receivingTests(start));
  describe(`${name} sends`, { timeout: 20_000 }, () => sendingTests(start));
  describe(`${name} closes`, { timeout: 20_000 }, () => closingTests(start));
  describe(`${name} contains failures`, { timeout: 20_000 }, () => failureTests(start));
  describe(`${name} listens`, { timeout: 20_000 }, () => listeningTests(create, start, transport));
}

const text = (payload: string) => clientFrame({ opcode: opcodes.text, payload });
function openingTests(start: StartHost, transport: TestTransport): void {
  test("tells the gateway who asks for what", async () => {
    await using host = await start();
    await using client = await host.connect();
    client.write(handshake([...handshakeHeaders, "X-Twice: a", "x-twice: b"], "GET /ws?a=1 HTTP/1.1"));
    assert.equal((await client.readResponse()).status, 101);
    const request = await host.requests.next();
    assert.equal(request.remoteAddress, "127.0.0.1");
    assert.equal(request.target, "/ws?a=1");
    assert.deepEqual(request.headers.get("x-twice"), ["a", "b"]);
    assert.equal(request.signal.aborted, false);
    assert.equal(request.tls !== undefined, transport.tls !== "none");
  });

  test("answers as RFC 6455 §4.2.2 says, with no subprotocol and no banner", async () => {
    await using host = await start();
    await using client = await host.connect();
    const { headers } = await client.open(["Sec-WebSocket-Protocol: wardwire.v1.json"]);
    assert.equal(headers.get("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    const names = [...headers.keys()].filter((name) => name !== "strict-transport-security");
    assert.deepEqual(names.sort(), ["connection", "sec-websocket-accept", "upgrade"]);
  });

  test("echoes exactly the subprotocol of the answer (R17)", async () => {
    await using host = await start({ subprotocol: "wardwire.v1.cbor" });
    await using client = await host.connect();
    const { headers } = await client.open(["Sec-WebSocket-Protocol: bearer.secret, wardwire.v1.cbor"]);
    assert.equal(headers.get("sec-websocket-protocol"), "wardwire.v1.cbor");
  });

  test("answers 500 when the answer names a subprotocol the client did not offer", async () => {
    await using host = await start({ subprotocol: "wardwire.v1.cbor" });
    await using client = await host.connect();
    client.write(handshake());
    assert.equal((await client.readResponse()).status, 500);
    assert.match((await host.problems.next()).what, /wardwire\.v1\.cbor/);
  });

  test("never negotiates compression (R28)", async () => {
    await using host = await start();
    await using client = await host.connect();
    const { headers } = await client.open(["Sec-WebSocket-Extensions: permessage-deflate"]);
    assert.equal(headers.has("sec-websocket-extensions"), false);
  });

  test("refuses with the answer of the gateway and closes the connection (R20)", async () => {
    await using host = await start({ upgrade: () => forbidden });
    await using client = await host.connect();
    client.write(handshake());
    const { status, headers, body } = await client.readResponse();
    assert.equal(status, 403);
    assert.equal(headers.get("connection"), "close");
    assert.equal(headers.get("x-reason"), "origin");
    assert.equal(body, "not from this page");
    assert.equal((await client.readToEnd()).length, 0);
  });

  test("parses nothing behind a refused handshake (R20)", async () => {
    await using host = await start({ upgrade: () => forbidden });
    await using client = await host.connect();
    client.write(handshake(), handshake(), text("hello"), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert.equal((await client.readResponse()).status, 403);
    assert.equal((await client.readToEnd()).toString(), "");
    assert.equal(host.requests.all.length, 1);
    assert.equal(host.sockets.all.length, 0);
  });

  test("delivers a frame that came in the same packet as the handshake", async () => {
    await using host = await start();
    await using client = await host.connect();
    client.write(handshake(), text("early"));
    assert.equal((await client.readResponse()).status, 101);
    const server = await host.sockets.next();
    assert.equal((await server.messages.next()).data.toString(), "early");
  });

  test("delivers frames that came while the answer was awaited", async () => {
    const decision = Promise.withResolvers<void>();
    const holder: { host?: TestHost } = {};
    await using host = await start({
      upgrade: async () => {
        await decision.promise;
        return holder.host?.accept() ?? forbidden;
      },
    });
    holder.host = host;
    await using client = await host.connect();
    client.write(handshake(), text("first"));
    await host.requests.next();
    client.write(text("second"));
    // Another connection's round trip: what was written above has reached the host by then.
    await using other = await host.connect();
    other.write(handshake(["Host: localhost"]));
    assert.equal((await other.readResponse()).status, 404);
    decision.resolve();
    assert.equal((await client.readResponse()).status, 101);
    const server = await host.sockets.next();
    assert.equal((await server.messages.next()).data.toString(), "first");
    assert.equal((await server.messages.next()).data.toString(), "second");
  });

  test("aborts the request when the peer goes before the answer", async () => {
    const aborted = Promise.withResolvers<void>();
    await using host = await start({
      upgrade: ({ signal }) => {
        signal.addEventListener("abort", () => aborted.resolve());
        return new Promise(() => {});
      },
    });
    const client = await host.connect();
    client.write(handshake());
    await host.requests.next();
    client.socket.destroy();
    await aborted.promise;
    assert.equal(host.sockets.all.length, 0);
  });

  test("answers 503 when the gateway does not answer in time (R18)", async () => {
    const aborted = Promise.withResolvers<void>();
    await using host = await start({
      limits: { handshakeTimeoutMs: 60 },
      upgrade: ({ signal }) => {
        signal.addEventListener("abort", () => aborted.resolve());
        return new Promise(() => {});
      },
    });
    await using client = await host.connect();
    client.write(handshake());
    assert.equal((await client.readResponse()).status, 503);
    await aborted.promise;
    await client.closed;
  });

  const failures: readonly (readonly [string, TestHostOptions["upgrade"]])[] = [
    ["throws", () => assert.fail("the store is down")],
    ["rejects", () => Promise.reject(new Error("the store is down"))],
    ["sets a header that would split the answer", () => ({ ...forbidden, headers: { "X-Bad": "a\r\nSet-Cookie: b" } })],
  ];
  for (const [what, upgrade] of failures) {
    test(`answers 500 when the gateway's answer ${what} (R35)`, async () => {
      await using host = await start({ ...(upgrade && { upgrade }) });
      await using client = await host.connect();
      client.write(handshake());
      const { status, headers, body } = await client.readResponse();
      assert.equal(status, 500);
      assert.equal(body, "internal error");
      assert.equal(headers.has("set-cookie"), false);
      assert.match((await host.problems.next()).what, /answer a handshake/);
    });
  }
}

function receivingTests(start: StartHost): void {
  test("delivers messages of both kinds in order", async () => {
    await using host = await start();
    const { client, server } = await host.open();
    await using _client = client;
    const binary = Buffer.from([0, 255, 128]);
    client.write(text("héllo"), clientFrame({ opcode: opcodes.binary, payload: binary }), text(""));
    assert.deepEqual(await server.messages.next(), { data: Buffer.from("héllo"), kind: "text" });
    assert.deepEqual(await server.messages.next(), { data: binary, kind: "binary" });
    assert.deepEqual(await server.messages.next(), { data: Buffer.alloc(0), kind: "text" });
  });

  test("takes a message of maxMessageBytes, whole or in fragments (R25)", async () => {
    await using host = await start({ limits: { maxMessageBytes: 1_000 } });
    const { client, server } = await host.open();
    await using _client = client;
    client.write(text("x".repeat(1_000)));
    assert.equal((await server.messages.next()).data.length, 1_000);
    client.write(
      clientFrame({ opcode: opcodes.text, payload: "x".repeat(999), fin: false }),
      clientFrame({ opcode: opcodes.continuation, payload: "x" }),
    );
    assert.equal((await server.messages.next()).data.length, 1_000);
  });

  test("answers ping with pong, between the fragments of a message too", async () => {
    await using host = await start();
    const { client, server } = await host.open();
    await using _client = client;
    client.write(
      clientFrame({ opcode: opcodes.text, payload: "a", fin: false }),
      clientFrame({ opcode: opcodes.ping, payload: "now" }),
      clientFrame({ opcode: opcodes.continuation, payload: "b" }),
    );
    assert.deepEqual(await client.readFrame(), { fin: true, opcode: opcodes.pong, payload: Buffer.from("now") });
    assert.equal((await server.messages.next()).data.toString(), "ab");
  });

  test("delivers nothing while paused, and everything once resumed", async () => {
    await using host = await start();
    const { client, server } = await host.open();
    const { client: other, server: otherServer } = await host.open();
    await using _client = client;
    await using _other = other;
    server.socket.pause();
    client.write(text("held back"));
    other.write(text("meanwhile"));
    await otherServer.messages.next();
    otherServer.socket.send(Buffer.from("answer"), "text");
    await other.readFrame();
    assert.equal(server.messages.all.length, 0);
    server.socket.resume();
    assert.equal((await server.messages.next()).data.toString(), "held back");
  });

  const declared = (head: readonly number[]) => Buffer.from([...head, 0, 0, 0, 0]);
  const long = (length: bigint) => {
    const head = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    head.writeBigUInt64BE(length, 2);
    return head;
  };
  const fragments = (count: number) => [
    clientFrame({ opcode: opcodes.text, payload: "", fin: false }),
    ...Array.from({ length: count - 1 }, () => clientFrame({ opcode: opcodes.continuation, fin: false })),
  ];
  const violations: readonly (readonly [string, readonly number[], readonly Uint8Array[]])[] = [
    ["a frame that only declares too many bytes (R25)", [1009], [declared([0x82, 0xfe, 0xff, 0xff]).subarray(0, 4)]],
    [
      "fragments that are too big together (R25)",
      [1009],
      [
        clientFrame({ opcode: opcodes.text, payload: "x".repeat(900), fin: false }),
        clientFrame({ opcode: opcodes.continuation, payload: "x".repeat(200) }),
      ],
    ],
    ["more empty fragments than maxFragments (R26)", [1009], fragments(testLimits.maxFragments + 1)],
    ["text that is not UTF-8 (R24)", [1007], [clientFrame({ opcode: opcodes.text, payload: Buffer.from([0xff]) })]],
    [
      "a surrogate in text (R24)",
      [1007],
      [clientFrame({ opcode: opcodes.text, payload: Buffer.from([0xed, 0xa0, 0x80]) })],
    ],
    ["an unmasked frame (R23)", [1002], [clientFrame({ opcode: opcodes.text, payload: "x", masked: false })]],
    ["a reserved bit (R23)", [1002], [clientFrame({ opcode: opcodes.text, payload: "x", rsv: 4 })]],
    ["a reserved opcode (R23)", [1002], [clientFrame({ opcode: 3, payload: "x" })]],
    ["a fragmented ping (R23)", [1002], [clientFrame({ opcode: opcodes.ping, fin: false })]],
    ["a ping of 126 bytes (R23)", [1002], [clientFrame({ opcode: opcodes.ping, payload: "x".repeat(126) })]],
    ["a continuation of nothing (R23)", [1002], [clientFrame({ opcode: opcodes.continuation, payload: "x" })]],
    ["a close frame of one byte (R23)", [1002], [clientFrame({ opcode: opcodes.close, payload: "x" })]],
    ["a close frame with code 1005 (R23)", [1002], [closeFrame(1005)]],
    ...[2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n].map(
      (length) => [`a declared length of ${length} bytes (R23)`, [1002, 1009], [long(length)]] as const,
    ),
  ];
  for (const [what, codes, frames] of violations) {
    test(`closes on ${what}`, async () => {
      await using host = await start({ limits: { maxMessageBytes: 1_000 } });
      const { client, server } = await host.open();
      await using _client = client;
      client.write(...frames, text("afterwards"));
      const code = await client.readCloseCode();
      assert.ok(codes.includes(code), `got ${code}`);
      await server.closes.next();
      assert.equal(server.messages.all.length, 0);
    });
  }

  test("takes exactly maxFragments fragments, message after message (R26)", async () => {
    await using host = await start();
    const { client, server } = await host.open();
    await using _client = client;
    for (let round = 0; round < 3; round++) {
      client.write(
        ...fragments(testLimits.maxFragments - 1),
        clientFrame({ opcode: opcodes.continuation, payload: "." }),
      );
      assert.equal((await server.messages.next()).data.toString(), ".");
    }
  });
}

function sendingTests(start: StartHost): void {
  test("sends each message as one final frame of its kind, and leaves its bytes alone", async () => {
    await using host = await start();
    const { client, server } = await host.open();
    await using _client = client;
    const message = Buffer.from("héllo");
    server.socket.send(message, "text");
    server.socket.send(new Uint8Array([1, 2, 3]), "binary");
    server.socket.send(new Uint8Array(70_000), "binary");
    assert.deepEqual(await client.readFrame(), { fin: true, opcode: opcodes.text, payload: Buffer.from("héllo") });
    assert.deepEqual(await client.readFrame(), { fin: true, opcode: opcodes.binary, payload: Buffer.from([1, 2, 3]) });
    assert.equal((await client.readFrame()).payload.length, 70_000);
    assert.equal(message.toString(), "héllo");
  });

  test("counts what a peer does not read, and tells once when all of it is written (R31)", async () => {
    await using host = await start();
    const { client, server } = await host.open();
    await using _client = client;
    client.socket.pause();
    const message = new Uint8Array(1_048_576);
    for (let i = 0; i < 32; i++) server.socket.send(message, "binary");
    assert.ok(server.socket.bufferedBytes > message.length);
    const { client: other, server: otherServer } = await host.open();
    await using _other = other;
    otherServer.socket.send(Buffer.from("the others go on"), "text");
    await other.readFrame();
    assert.equal(server.drains.all.length, 0);
    client.socket.resume();
    for (let i = 0; i < 32; i++) assert.equal((await client.readFrame()).payload.length, message.length);
    assert.equal(await server.drains.next(), 0);
    assert.deepEqual(server.drains.all, [0]);
  });

  test("does nothing once the socket has closed", async () => {
    await using host = await start();
    const { client, server } = await host.open();
    await client[Symbol.asyncDispose]();
    assert.equal((await server.closes.next()).code, 1006);
    server.socket.send(Buffer.from("late"), "text");
    server.socket.close(1000, "late");
    server.socket.pause();
    server.socket.resume();
    server.socket.terminate();
    assert.equal(server.socket.bufferedBytes, 0);
    assert.equal(server.closes.all.length, 1);
  });
}

function closingTests(start: StartHost): void {
  test("closes with code and reason, and tells the peer's code", async () => {
    await using host = await start();
    const { client, server } = await host.open();
    await using _client = client;
    server.socket.close(4401, "the token has expired");
    const frame = await client.readFrame();
    assert.equal(frame.payload.readUInt16BE(0), 4401);
    assert.equal(frame.payload.subarray(2).toString(), "the token has expired");
    client.write(closeFrame(4401, "seen"));
    assert.deepEqual(await server.closes.next(), { code: 4401, reason: "seen" });
    await client.closed;
  });

  test("answers the peer's close and tells its code and reason", async () => {
    await using host = await start();
    const { client, server } = await host.open();
    await using _client = client;
    client.write(closeFrame(1000, "done"));
    assert.equal(await client.readCloseCode(), 1000);
    assert.deepEqual(await server.closes.next(), { code: 1000, reason: "done" });
    await client.closed;
  });

  test("cuts a reason at 123 bytes, never inside a code point (R36)", async () => {
    await using host = await start();
    const { client, server } = await host.open();
    await using _client = client;
    server.socket.close(1000, `a${"€".repeat(200)}`);
    const { payload } = await client.readFrame();
    assert.equal(payload.subarray(2).toString(), `a${"€".repeat(40)}`);
  });

  test("delivers no message after close(), also none of the same packet", async () => {
    const holder: { close?: () => void } = {};
    await using host = await start({ events: { message: () => holder.close?.() } });
    const { client, server } = await host.open();
    await using _client = client;
    holder.close = () => server.socket.close(1000, "enough");
    client.write(text("one"), text("two"));
    assert.equal(await client.readCloseCode(), 1000);
    client.write(text("three"), closeFrame(1000));
    await server.closes.next();
    assert.equal(server.messages.all.length, 1);
  });

  test("cuts off a peer that does not answer the close within closeTimeoutMs", async () => {
    await using host = await start({ limits: { closeTimeoutMs: 50 } });
    const { client, server } = await host.open();
    await using _client = client;
    server.socket.close(1000, "");
    assert.deepEqual(await server.closes.next(), { code: 1006, reason: "" });
    await client.closed;
  });

  test("cuts off a peer that does not even read, with a queue before it", async () => {
    await using host = await start({ limits: { closeTimeoutMs: 50 } });
    const { client, server } = await host.open();
    await using _client = client;
    client.socket.pause();
    server.socket.send(new Uint8Array(33_554_432), "binary");
    server.socket.close(1013, "too slow");
    assert.equal((await server.closes.next()).code, 1006);
    await host.host.close();
    assert.equal(server.drains.all.length, 0);
  });

  test("finishes the closing handshake of a paused socket", async () => {
    await using host = await start({ limits: { closeTimeoutMs: 60_000 } });
    const { client, server } = await host.open();
    await using _client = client;
    server.socket.pause();
    server.socket.close(1000, "");
    assert.equal(await client.readCloseCode(), 1000);
    client.write(closeFrame(1000));
    assert.equal((await server.closes.next()).code, 1000);
  });

  test("terminates without a closing handshake", async () => {
    await using host = await start();
    const { client, server } = await host.open();
    await using _client = client;
    server.socket.terminate();
    assert.equal((await client.readToEnd()).length, 0);
    assert.deepEqual(await server.closes.next(), { code: 1006, reason: "" });
  });

  test("tells 1006 when the peer ends its connection without a close frame", async () => {
    await using host = await start();
    const { client, server } = await host.open();
    await using _client = client;
    client.socket.end();
    assert.deepEqual(await server.closes.next(), { code: 1006, reason: "" });
    await client.closed;
  });
}

function failureTests(start: StartHost): void {
  test("closes with 1011 the socket whose message handler throws, and no other (R35)", async () => {
    await using host = await start({
      events: {
        message: (data) => {
          if (data.length > 3) throw new Error("no such room");
        },
      },
    });
    const { client, server } = await host.open();
    const { client: other, server: otherServer } = await host.open();
    await using _client = client;
    await using _other = other;
    client.write(text("crash"), text("two"));
    assert.equal(await client.readCloseCode(), 1011);
    assert.match((await host.problems.next()).what, /no such room/);
    client.write(closeFrame(1011));
    assert.equal((await server.closes.next()).code, 1011);
    assert.equal(server.messages.all.length, 1);
    other.write(text("ok"));
    assert.equal((await otherServer.messages.next()).data.toString(), "ok");
  });

  test("closes with 1011 the socket whose open throws (R35)", async () => {
    await using host = await start({ upgrade: () => ({ accepted: true, open: () => assert.fail("no memory") }) });
    await using client = await host.connect();
    await client.open();
    assert.equal(await client.readCloseCode(), 1011);
    assert.match((await host.problems.next()).what, /no memory/);
  });

  test("closes with 1011 the socket whose drained handler throws (R35)", async () => {
    await using host = await start({ events: { drained: () => assert.fail("drained badly") } });
    const { client, server } = await host.open();
    await using _client = client;
    const message = new Uint8Array(16_777_216);
    server.socket.send(message, "binary");
    assert.equal((await client.readFrame()).payload.length, message.length);
    assert.equal(await client.readCloseCode(), 1011);
    assert.match((await host.problems.next()).what, /drained badly/);
  });

  test("goes on after a closed handler that throws (R35)", async () => {
    await using host = await start({ events: { closed: () => assert.fail("closed badly") } });
    const { client, server } = await host.open();
    await client[Symbol.asyncDispose]();
    await server.closes.next();
    assert.match((await host.problems.next()).what, /closed badly/);
    const { client: other } = await host.open();
    await other[Symbol.asyncDispose]();
  });
}

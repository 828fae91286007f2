import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { describe, test } from "node:test";
import { nodeHost } from "../../src/host/node.ts";
import type { HostHandlers, UpgradeRequest } from "../../src/host/socket-host.ts";
import { clientFrame, handshake, handshakeHeaders, opcodes, RawClient } from "./raw-client.ts";
import { TestHost, type TestHostOptions, testLimits } from "./test-host.ts";

const start = (options?: TestHostOptions) => TestHost.start(nodeHost, { tls: "none" }, options);
const text = (payload: string) => clientFrame({ opcode: opcodes.text, payload });
const plainRequest = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/** Sends one request and expects a closing HTTP answer, after which the host still serves others. */
async function expectRefusal(statuses: readonly number[], ...request: readonly (string | Uint8Array)[]): Promise<void> {
  await using host = await start();
  await using client = await host.connect();
  client.write(...request);
  const { status, headers } = await client.readResponse();
  assert.ok(statuses.includes(status), `got ${status}`);
  assert.match(headers.get("connection") ?? "", /close/);
  assert.equal((await client.readToEnd()).toString(), "");
  assert.equal(host.requests.all.length, 0);
  const { client: next } = await host.open();
  await next[Symbol.asyncDispose]();
}

describe("raw requests against the Node host", { timeout: 20_000 }, () => {
  const many = (count: number, line: (i: number) => string) => Array.from({ length: count }, (_, i) => line(i));
  const attacks: readonly (readonly [string, readonly number[], string])[] = [
    ["2,100 headers (CVE-2024-37890)", [431], handshake([...handshakeHeaders, ...many(2_100, (i) => `X${i}: 1`)])],
    ["2,100 headers of one byte", [431], handshake([...handshakeHeaders, ...many(2_100, () => "a:")])],
    ["101 headers", [431], handshake([...handshakeHeaders, ...many(96, () => "a: b")])],
    ["101 headers on an ordinary request", [431], handshake(["Host: localhost", ...many(100, () => "a: b")])],
    ["a header of 17 KiB (R18)", [431], handshake([...handshakeHeaders, `X: ${"x".repeat(17_408)}`])],
    ["a request line of 17 KiB (R18)", [431], handshake(handshakeHeaders, `GET /${"x".repeat(17_408)} HTTP/1.1`)],
    [
      "both Transfer-Encoding and Content-Length (R20)",
      [400],
      handshake([...handshakeHeaders, "Content-Length: 4", "Transfer-Encoding: chunked"]),
    ],
    ["a body (R20)", [400], `${handshake([...handshakeHeaders, "Content-Length: 4"])}evil`],
    ["a chunked body (R20)", [400], `${handshake([...handshakeHeaders, "Transfer-Encoding: chunked"])}0\r\n\r\n`],
    ["two keys (R13)", [400], handshake([...handshakeHeaders, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="])],
    ["a host no URL can have (R13)", [400], "GET / HTTP/1.1\r\nHost: chat.e.1.1.1\r\n\r\n"],
    ["two hosts (R13)", [400], handshake([...handshakeHeaders, "Host: evil.example"])],
    ["two origins (R13)", [400], handshake([...handshakeHeaders, "Origin: https://a.example", "Origin: null"])],
    ["a space before the colon", [400], handshake([...handshakeHeaders, "Origin : https://a.example"])],
    ["a folded header", [400], handshake([...handshakeHeaders, "X: a", " b"])],
    ["a bare line feed", [400], "GET /ws HTTP/1.1\nHost: localhost\nConnection: Upgrade\nUpgrade: websocket\n\n"],
    ["HTTP/1.0", [400], handshake(handshakeHeaders, "GET /ws HTTP/1.0")],
    ["Upgrade: h2c", [400], handshake(["Host: localhost", "Connection: Upgrade", "Upgrade: h2c"])],
    [
      "a handshake without Connection: Upgrade",
      [400],
      handshake(handshakeHeaders.filter((line) => !line.startsWith("Connection"))),
    ],
    [
      "an absolute target (GHSA-c4j6-fc7j-m34r)",
      [400],
      handshake(handshakeHeaders, "GET http://169.254.169.254/ HTTP/1.1"),
    ],
    ["TRACE (R46)", [405], "TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["what is no HTTP at all", [400], "\x16\x03\x01 hello\r\n\r\n"],
  ];
  for (const [what, statuses, request] of attacks) {
    test(`refuses ${what} and closes`, () => expectRefusal(statuses, request));
  }

  test("parses no frame and no request behind a malformed handshake (R20)", () =>
    expectRefusal(
      [400],
      handshake(["Host: localhost", ...handshakeHeaders]),
      text("smuggled"),
      handshake(),
      plainRequest,
    ));

  test("refuses a protocol header with 14,000 spaces without delay (CVE-2021-32640)", async () => {
    const started = performance.now();
    await expectRefusal([400], handshake([...handshakeHeaders, `Sec-WebSocket-Protocol: a${" ".repeat(14_000)}b`]));
    assert.ok(performance.now() - started < 1_000);
  });

  test("closes on CONNECT and on the preface of HTTP/2 without an answer that could be taken for one", async () => {
    await using host = await start();
    for (const request of [
      "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ]) {
      await using client = await host.connect();
      client.write(request);
      assert.doesNotMatch((await client.readToEnd()).toString(), /^HTTP\/1.1 [123]/);
    }
  });

  test("closes when a handshake is pipelined behind a request that is not answered yet", async () => {
    const answer = Promise.withResolvers<Response>();
    await using host = await start({ fetch: () => answer.promise });
    await using client = await host.connect();
    client.write(plainRequest, handshake(), text("hello"));
    assert.equal((await client.readToEnd()).toString(), "");
    answer.resolve(new Response("into the frames"));
    assert.equal(host.requests.all.length, 0);
  });

  test("opens a WebSocket on a connection that has been used for a request", async () => {
    await using host = await start();
    await using client = await host.connect();
    client.write(plainRequest);
    assert.equal((await client.readResponse()).status, 404);
    await client.open();
  });

  test("lets go of a peer that ends its half while its handshake is answered", async () => {
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    await using host = await start({
      limits: { handshakeTimeoutMs: 60_000 },
      upgrade: ({ signal }) => {
        signal.addEventListener("abort", () => resolve());
        return new Promise(() => {});
      },
    });
    await using client = await host.connect();
    client.write(handshake());
    await host.requests.next();
    client.socket.end();
    await aborted;
    await client.closed;
  });

  test("survives a peer that resets at every stage", async () => {
    await using host = await start({ upgrade: () => new Promise(() => {}) });
    for (const sent of ["", "GET /ws HT", handshake(), plainRequest]) {
      const client = await host.connect();
      if (sent) client.write(sent);
      client.socket.resetAndDestroy();
      await client.closed;
    }
    await using client = await host.connect();
    client.write(plainRequest);
    assert.equal((await client.readResponse()).status, 404);
  });

  test("cuts off a peer that pings and does not read (R29)", async () => {
    await using host = await start();
    const { client, server } = await host.open();
    client.socket.pause();
    const pings = Buffer.concat(
      Array.from({ length: 4_096 }, () => clientFrame({ opcode: opcodes.ping, payload: "x".repeat(125) })),
    );
    const flood = () => {
      if (!client.socket.destroyed) client.socket.write(pings, flood);
    };
    flood();
    assert.equal((await server.closes.next()).code, 1006);
    await client[Symbol.asyncDispose]();
  });
});

describe("handleUpgrade on a server of one's own", { timeout: 20_000 }, () => {
  async function attach(upgrade: HostHandlers["upgrade"]): Promise<{ readonly server: Server; readonly port: number }> {
    const host = nodeHost({ upgrade, problem: () => {} }, testLimits);
    const server = createServer((_request, response) => response.end("the application"));
    server.on("upgrade", host.handleUpgrade).listen(0, "127.0.0.1");
    await once(server, "listening");
    return { server, port: (server.address() as AddressInfo).port };
  }

  test("opens sockets and refuses bad handshakes, and leaves ordinary requests alone", async () => {
    const recorder = new TestHost({ tls: "none" }, {});
    const { server, port } = await attach(() => recorder.accept());
    try {
      await using client = await RawClient.connect(port);
      client.write(handshake(), text("early"));
      assert.equal((await client.readResponse()).status, 101);
      const socket = await recorder.sockets.next();
      assert.equal((await socket.messages.next()).data.toString(), "early");
      await using bad = await RawClient.connect(port);
      bad.write(handshake(["Host: localhost", ...handshakeHeaders]));
      assert.equal((await bad.readResponse()).status, 400);
      await bad.closed;
      await using plain = await RawClient.connect(port);
      plain.write(plainRequest);
      assert.equal((await plain.readResponse()).body, "the application");
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  test("aborts the request when the peer has gone between an accepting answer and the socket", async () => {
    const recorder = new TestHost({ tls: "none" }, {});
    const connections: Socket[] = [];
    const asked: UpgradeRequest[] = [];
    const { server, port } = await attach((request) => {
      asked.push(request);
      connections[0]?.destroy();
      return recorder.accept();
    });
    server.on("connection", (socket) => connections.push(socket));
    await using client = await RawClient.connect(port);
    client.write(handshake());
    await client.closed;
    server.close();
    assert.equal(asked[0]?.signal.aborted, true);
    assert.equal(recorder.sockets.all.length, 0);
  });
});
